/** `latchkey-relay relays` and `latchkey-relay spend-token`: what relays serve and earn, and using it. */
import { earningLines } from '../earning-desk.ts';
import { showing } from './ask.ts';

const RELAYS = 'Shows who relays for the chain: uptime that members attest, what was carried, joining tokens, and who may ask to validate.';
const SPEND = 'Spends the joining token of this node’s member, which may then ask to validate: request-role validator.';

export const relays = showing('relays', RELAYS, (answer) => {
  const lines = earningLines(answer);
  return lines.length === 0 ? 'Nobody relays for this chain.' : lines.join('\n');
});

export const spendToken = showing(
  'spend-token',
  SPEND,
  ({ final }) =>
    final ? 'Spent. Ask now: latchkey-relay request-role validator.' : 'It waits for the chain’s validators and goes on by itself.',
  ({ final }) => !final,
);
