/** `latchkey-relay backup FILE` and `latchkey-relay restore FILE`: all memberships of a node in one encrypted file, without a key. */
import { resolve } from 'node:path';
import { Complaint } from '../complaint.ts';
import { asking, helpOf } from './ask.ts';
import { readPhrase, readText } from './options.ts';

const PASSWORD = '--password-file FILE   the password that encrypts it, eight characters or more';

export const backup = asking({
  name: 'backup',
  help: helpOf(
    'backup FILE',
    'Writes an encrypted file from which, with the recovery phrase, every membership of this node comes back. No key is in it.',
    [PASSWORD],
    false,
  ),
  options: { 'password-file': { type: 'string' } },
  positionals: ['FILE'],
  command: 'backup',
  ask: ({ 'password-file': password }, [file]) => {
    if (file === undefined || password === undefined)
      throw new Complaint('Say where to, and by which password: latchkey-relay backup FILE --password-file FILE.');
    return { file: resolve(file), password: readText(password, '--password-file', 'the password') };
  },
  describe: ({ file, bytes }) => `Wrote ${bytes} bytes to ${file}. The recovery phrase is not in it: keep both.`,
});

export const restore = asking({
  name: 'restore',
  help: helpOf(
    'restore FILE',
    'Becomes every member again that a backup names, on this node: new keys take over by the recovery phrase, and those so far never return.',
    [PASSWORD, '--phrase-file FILE   the twelve words'],
    false,
  ),
  options: { 'password-file': { type: 'string' }, 'phrase-file': { type: 'string' } },
  positionals: ['FILE'],
  command: 'restore',
  ask: ({ 'password-file': password, 'phrase-file': words }, [file]) => {
    const phrase = readPhrase(words);
    if (file === undefined || password === undefined || phrase === undefined)
      throw new Complaint('Say from what: latchkey-relay restore FILE --password-file FILE --phrase-file FILE.');
    return { file: resolve(file), password: readText(password, '--password-file', 'the password'), phrase };
  },
  describe: ({ chains }) =>
    chains.map(({ name, refused }) => `${name}: ${refused === null ? 'a member again' : `not restored, ${refused}`}`).join('\n') ||
    'The backup names no chain.',
  waits: ({ chains }) => chains.some(({ refused }) => refused !== null),
});
