/** `latchkey-relay status`: what the running relay is and does. */
import type { PendingSummary } from '../chain-host.ts';
import type { StatusAnswer } from '../commands.ts';
import type { ConsensusView } from '../consensus-view.ts';
import { earningLines } from '../earning-desk.ts';
import { logLines } from '../log-view.ts';
import { asking, helpOf } from './ask.ts';

export const status = asking({
  name: 'status',
  help: helpOf('status', 'Shows the running relay: its addresses, its connections, its chains.', [], false),
  options: {},
  command: 'status',
  ask: () => ({}),
  describe,
});

function describe(answer: StatusAnswer): string {
  const lines = [
    `Page         ${answer.url}`,
    `Peer id      ${answer.peerId}`,
    ...answer.addresses.map((address, i) => `${i === 0 ? 'Addresses' : '         '}    ${address}`),
    `Running      since ${answer.startedAt}`,
    `Connections  ${answer.connections}, ${answer.reservations} of them reachable through this relay`,
    `Hosting      ${answer.hosting === 'open' ? 'any page may ask for a chain' : 'chains of this operator only'}`,
  ];
  const chains = answer.chains.flatMap((chain) => [
    `  ${chain.name}  ${chain.chain.slice(0, 16)}…  height ${chain.height}, ${chain.members} members, ${chain.sessions} connected${chain.connected.length === 0 ? '' : ` (${chain.connected.join(', ')})`}${chain.problem === undefined ? '' : `, stopped: ${chain.problem}`}`,
    ...(chain.fork === null ? [] : [...chain.fork.says, 'The proof as a file: latchkey-relay fork-proof FILE.']).map(
      (line) => `    ${line}`,
    ),
    ...[...consensusLines(chain.consensus), ...logLines(chain.log), ...earningLines(chain.earning)].map((line) => `    ${line}`),
  ]);
  const joining = answer.joining.map(describeJoin);
  return [
    ...lines,
    '',
    chains.length + joining.length === 0 ? 'No chains yet: latchkey-relay chain create NAME' : 'Chains',
    ...chains,
    ...joining,
  ].join('\n');
}

const ANSWER_WORDS = { yes: '', mute: ' (connected, takes no part)', no: ' (away)', unknown: ' (not known)' } as const;

function consensusLines(consensus: ConsensusView): readonly string[] {
  const { validators, recentBlocks, epoch, view, final, says } = consensus;
  const seat = ({ name, you, answers, tookPart }: ConsensusView['validators'][number]) =>
    `${name}${you ? ' (this node)' : ANSWER_WORDS[answers]} ${tookPart}`;
  return [
    `epoch ${epoch}, view ${view}, latest final block ${final.height} at ${final.time}`,
    `took part in the last ${recentBlocks} blocks: ${validators.map(seat).join(', ')}`,
    ...says,
  ];
}

function describeJoin({ name, chain, role, approvals, needed, ended }: PendingSummary): string {
  const waits = needed === null ? 'waiting' : `${approvals} of ${needed} approvals`;
  return `  ${name}  ${chain.slice(0, 16)}…  asked to join as ${role}: ${ended === null ? waits : `not admitted, ${ended}`}`;
}
