/** `latchkey-relay phrase`: the words by which this node's memberships come back once its machine is lost. */
import { asking, helpOf } from './ask.ts';

export const phrase = asking({
  name: 'phrase',
  help: helpOf(
    'phrase',
    'Shows the recovery phrase of this node, until somebody has confirmed that it is kept elsewhere.',
    ['--confirm        the words are kept elsewhere: they leave this machine for good'],
    false,
  ),
  options: { confirm: { type: 'boolean', default: false } },
  command: ({ confirm }) => (confirm === true ? 'confirm-phrase' : 'phrase'),
  ask: () => ({}),
  describe: ({ phrase: words }, { confirm }) => {
    if (words !== null) return words;
    return confirm === true ? 'The words have left this machine.' : 'No words are here: they were confirmed, or there is no chain yet.';
  },
});
