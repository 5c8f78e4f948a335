/** `latchkey-relay recover LINK --phrase-file FILE`: a member whose machine was lost is a member again, on this one. */
import { Complaint } from '../complaint.ts';
import { asking, helpOf } from './ask.ts';
import { readPhrase } from './options.ts';

export const recover = asking({
  name: 'recover',
  help: helpOf(
    'recover LINK',
    'Becomes the member again whom a recovery phrase recovers, with a new key; the keys so far never return. LINK says where the chain is, and may be spent.',
    ['--phrase-file FILE   the twelve words', '--stolen         the keys so far are in wrong hands: what they left open ends'],
    false,
  ),
  options: { 'phrase-file': { type: 'string' }, stolen: { type: 'boolean', default: false } },
  positionals: ['LINK'],
  command: 'recover',
  ask: ({ 'phrase-file': file, stolen }, [link]) => {
    const phrase = readPhrase(file);
    if (link === undefined || phrase === undefined)
      throw new Complaint('Say where and by what: latchkey-relay recover LINK --phrase-file FILE.');
    return { link, phrase, stolen };
  },
  describe: ({ name, chain }) => `Member of ${name} again: ${chain}`,
});
