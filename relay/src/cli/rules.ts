/** `latchkey-relay rules`: the rules of a chain as plain sentences. */
import { showing } from './ask.ts';

const DOES = 'Shows the rules of a chain: how each role is gained, how many decide about each change, and the rest.';

export const rules = showing('rules', DOES, ({ sentences }) => {
  const width = Math.max(...sentences.map(({ about }) => about.length));
  return sentences.map(({ about, holds }) => `${about.padEnd(width)}  ${holds}`).join('\n');
});
