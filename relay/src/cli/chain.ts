/** `latchkey-relay chain create NAME`: makes a chain on the running relay, which becomes its first validator. */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../../src/core/base/bytes.ts';
import { TEMPLATES } from '../../../src/core/policy/templates.ts';
import { newRecoveryKeys } from '../../../src/node/recovery-key.ts';
import { systemRandom } from '../../../src/node/system-ports.ts';
import type { NewChain } from '../chain-host.ts';
import { checkNewChain } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { asking, helpOf } from './ask.ts';
import { readDuration, readFolder, readNumber } from './options.ts';

export const chain = asking({
  name: 'chain',
  help: helpOf(
    'chain create NAME',
    'Creates a chain on the running relay, which becomes its founder and first validator.',
    [
      `--template NAME  the rules that it begins with: ${TEMPLATES.join(', ')} (default open-link)`,
      '--approvals M    of how many federation members a newcomer needs the approval (default 1, the founder’s)',
      '--public         anybody may read it: the relay publishes its log over HTTP, without the words of entries',
      '--recovery K/R   makes R recovery keys, of which K can recover the chain once it is broken, as words in files',
      '--recovery-folder DIR   where these files go (default ./recovery-keys): give each to another person',
      '--delay TIME     how long others may object to a recovery (default 7d)',
    ],
    false,
  ),
  options: {
    template: { type: 'string', default: 'open-link' },
    approvals: { type: 'string', default: '1' },
    public: { type: 'boolean', default: false },
    recovery: { type: 'string' },
    'recovery-folder': { type: 'string', default: './recovery-keys' },
    delay: { type: 'string', default: '7d' },
  },
  positionals: ['create', 'NAME'],
  command: 'create',
  ask: async ({ template, approvals, public: publicRead, recovery, 'recovery-folder': folder, delay }, [verb, name]) => {
    if (verb !== 'create' || name === undefined) throw new Complaint('Say what to do: latchkey-relay chain create NAME.');
    const wished = checkNewChain({ name, template, approvals: readNumber(approvals, '--approvals'), publicRead });
    if (recovery === undefined) return wished;
    return { ...wished, recovery: await makeRecoveryKeys(recovery, readDuration(delay, '--delay'), readFolder(folder)) };
  },
  describe: (made, { data }) =>
    `Created ${made.name}: ${made.chain}\nInvite to it with: latchkey-relay invite ${made.chain.slice(0, 8)} --data ${String(data)}`,
});

/** Makes keys here, not at the relay: it learns their digests alone. Their words go into a file each, never over one that is there. */
async function makeRecoveryKeys(text: string, delayMs: number, folder: string): Promise<NewChain['recovery']> {
  const [, threshold, count] = /^(\d{1,2})\/(\d{1,2})$/.exec(text) ?? [];
  if (threshold === undefined || count === undefined)
    throw new Complaint(`--recovery ${text} is not known: write how many of how many must sign, as 2/3.`);
  const keys = await newRecoveryKeys(systemRandom(), Number(count));
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (const [i, { phrase }] of keys.entries()) {
    const file = join(folder, `recovery-${i + 1}.words`);
    await writeFile(file, `${phrase}\n`, { mode: 0o600, flag: 'wx' }).catch(() => {
      throw new Complaint(`The file ${file} cannot be written, or is there already: choose another folder with --recovery-folder.`);
    });
  }
  return { threshold: Number(threshold), delayMs, keys: keys.map(({ digest }) => toHex(digest)) };
}
