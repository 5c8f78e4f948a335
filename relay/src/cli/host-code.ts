/** `latchkey-relay host-code`: a code by which the running relay hosts one chain. */
import { asking, helpOf } from './ask.ts';
import { readDuration } from './options.ts';

const HELP = helpOf(
  'host-code',
  'Makes a code with which somebody can have one chain hosted here, where the relay runs with --host-chains invited.\nIt works once, is shown once, and is entered on the page under “Use another relay”.',
  ['--expires TIME   30m, 12h, 7d (default 7d)'],
  false,
);

export const hostCode = asking({
  name: 'host-code',
  help: HELP,
  options: { expires: { type: 'string', default: '7d' } },
  command: 'host-code',
  ask: ({ expires }) => ({ lifetimeMs: readDuration(expires, '--expires') }),
  describe: ({ code, expires }) => `${code}\n\nWorks once, until ${expires}.`,
});
