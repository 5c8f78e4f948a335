/** `latchkey-relay rules`: the rules of a chain as plain sentences. */
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';

export const rules = asking({
  name: 'rules',
  help: helpOf('rules', 'Shows the rules of a chain: how each role is gained, how many decide about each change, and the rest.'),
  options: CHAIN_OPTION,
  command: 'rules',
  ask: ({ chain }) => ({ chain }),
  describe: ({ sentences }) => {
    const width = Math.max(...sentences.map(({ about }) => about.length));
    return sentences.map(({ about, holds }) => `${about.padEnd(width)}  ${holds}`).join('\n');
  },
});
