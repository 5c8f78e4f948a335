/** `latchkey-relay write TEXT` and `latchkey-relay entries`: adding to the record, and reading it. */
import { Complaint } from '../complaint.ts';
import type { ErasureView } from '../desk-views.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';
import { readNumber } from './options.ts';
import { SHORT_ID } from './requests.ts';

export const write = asking({
  name: 'write',
  help: helpOf('write TEXT', 'Adds an entry, as this node’s member.'),
  options: CHAIN_OPTION,
  positionals: ['TEXT'],
  command: 'write',
  ask: ({ chain }, [text]) => {
    if (text === undefined) throw new Complaint('Say what: latchkey-relay write TEXT.');
    return { chain, text };
  },
  describe: ({ id, final }) =>
    `${id.slice(0, SHORT_ID)} ${final ? 'is final.' : 'waits for the chain’s validators and goes on by itself.'}`,
  waits: ({ final }) => !final,
});

export const entries = asking({
  name: 'entries',
  help: helpOf('entries', 'Shows the latest entries, oldest first, and those that are not final yet.', [
    '--limit N        how many at the most (default 20)',
    '--ids            with the beginning of the id of each',
  ]),
  options: { ...CHAIN_OPTION, limit: { type: 'string', default: '20' }, ids: { type: 'boolean', default: false } },
  command: 'entries',
  ask: ({ chain, limit }) => ({ chain, limit: readNumber(limit, '--limit') }),
  describe: ({ entries: all }, { ids }) =>
    all
      .map(({ id, time, author, text, state, erased }) => {
        const said = erased === null ? (text ?? '(no text)') : erasedWords(erased);
        return `${ids ? `${id.slice(0, SHORT_ID)}  ` : ''}${time}  ${author}: ${said}${state === 'final' ? '' : ` (${state})`}`;
      })
      .join('\n') || 'Nothing was written yet.',
});

function erasedWords({ by, name, time, reason }: ErasureView): string {
  const who = by === 'author' ? name : `the federation, as ${name} proposed`;
  return `(erased by ${who}, ${time}${reason === null ? '' : `: ${reason}`})`;
}
