/** Double votes that are seen late, or by halves: whoever holds both brings them to the chain, and it convicts. */
import { expect, test } from 'vitest';
import { becomesValidator, grown, idOf, settled, trustOf, writes } from '../support/council.ts';
import { type Device, until } from '../support/device.ts';
import { sendsVotes, signsVote } from '../support/double-votes.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const { someone } = gathering();

const seats = ({ chain }: Device) => trustOf(chain).seats.map(({ member }) => member.join());
const isSeated = (by: Device, device: Device) => seats(by).includes(idOf(device).join());

test('a vote for another block, after the view became final', { timeout: 60_000 }, async () => {
  const all = await grown(someone, 3);
  const [ada, , , dee] = all;
  if (ada === undefined || dee === undefined) throw new Error('four');
  await writes(ada, 'a block for which all vote');
  await settled(all);
  const { view } = ada.chain.node.ledger.certificate.subject;
  sendsVotes(dee, ada, [await signsVote(dee, { kind: 'notarize', view, block: hashOf('another') })]);
  await until(ada.chain, () => !isSeated(ada, dee));
  expect(ada.chain.node.ledger.state.get('retired', dee.chain.node.duties.voting.voteSigner?.publicKey ?? new Uint8Array(0))).toBeDefined();
});

test('two votes of an epoch that is over', { timeout: 60_000 }, async () => {
  const all = await grown(someone, 2);
  const [ada, ben, cem] = all;
  if (ada === undefined || ben === undefined || cem === undefined) throw new Error('three');
  const { view } = ada.chain.node.ledger.certificate.subject;
  const votes = [];
  for (const block of ['one', 'other']) votes.push(await signsVote(cem, { kind: 'finalize', view: view + 1, block: hashOf(block) }));
  const dee = await someone('Dee');
  await dee.joins(await ada.invites());
  await becomesValidator(ada, dee);
  await settled([...all, dee]);
  expect(isSeated(ada, cem)).toBe(true);
  sendsVotes(cem, ben, votes);
  await until(ada.chain, () => !isSeated(ada, cem));
  expect(seats(ada)).toHaveLength(3);
  await writes(dee, 'the others go on');
});
