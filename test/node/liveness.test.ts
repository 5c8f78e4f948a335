/** Stories of four validators, one of whom does what it can to stop the others: they go on. */
import { beforeEach, describe, expect, test } from 'vitest';
import { equal, toHex } from '../../src/core/base/bytes.ts';
import { blockIdOf, type Header } from '../../src/core/codec/block.ts';
import { encodeSessionMessage, type SessionMessage } from '../../src/core/codec/session-message.ts';
import { type Vote, type VoteSubject, voteSignedText } from '../../src/core/codec/vote.ts';
import { leaderSeat } from '../../src/core/consensus/leader.ts';
import type { Chain } from '../../src/node/chain.ts';
import { actorTransport } from '../sim/byzantine/actor.ts';
import { type Device, until } from '../support/device.ts';
import { gathering } from '../support/gathering.ts';
import { hashOf } from '../support/world.ts';

const { hub, someone, meddler } = gathering();
const SEATS = 4;
let ada: Device;
let ben: Device;
let cem: Device;
/** Who is up to no good. */
let dee: Device;
/** What comes of a message of Dee's. */
let says: (message: SessionMessage, to: string) => boolean;

const trustOf = (chain: Chain) => chain.node.ledger.trust;
const seatOf = ({ chain }: Device) => trustOf(chain).seats.findIndex(({ node }) => equal(node, chain.node.signer.publicKey));
const viewOf = ({ chain }: Device) => chain.node.duties.voting.validator?.view ?? 0;

beforeEach(async () => {
  says = () => true;
  ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  for (const name of ['Ben', 'Cem', 'Dee']) {
    const next = name === 'Dee' ? await meddler(name, (transport) => actorTransport(transport, { says: edited })) : await someone(name);
    await next.joins(await ada.invites());
    await becomesValidator(next);
    if (name === 'Ben') ben = next;
    if (name === 'Cem') cem = next;
    if (name === 'Dee') dee = next;
  }
  for (const { chain } of [ada, ben, cem, dee]) await until(chain, () => trustOf(chain).seats.length === SEATS && chain.node.isValidator);
}, 60_000);

async function edited(message: SessionMessage, to: string): Promise<readonly SessionMessage[]> {
  return says(message, to) ? [message] : [];
}

async function becomesValidator({ chain }: Device): Promise<void> {
  const own = chain.members().find(({ you }) => you);
  if (own === undefined) throw new Error('not a member');
  const before = trustOf(ada.chain).seats.length;
  await ada.chain.governance.propose({ type: 'grant', member: own.id, role: 'validator' });
  await until(ada.chain, () => trustOf(ada.chain).seats.length > before);
}

async function writes({ chain }: Device, text: string): Promise<void> {
  const id = await chain.append(text);
  await until(chain, () => !chain.pending().some((entry) => toHex(entry.id) === toHex(id)));
}

/** Everybody decides one view, which Dee leads or does not. */
async function deeLeads(isLeader: boolean): Promise<void> {
  for (let i = 0; ; i++) {
    for (const { chain } of [ada, ben, cem, dee]) await until(chain, () => chain.height >= ada.chain.height);
    const views = new Set([ada, ben, cem, dee].map(viewOf));
    if (views.size === 1 && (leaderSeat(viewOf(ada), SEATS) === seatOf(dee)) === isLeader) return;
    await writes(ada, `until it is Dee's turn or not, ${i}`);
  }
}

async function signedByDee(subject: VoteSubject): Promise<Vote> {
  const key = await dee.keys.get(`${toHex(subject.chain)}/vote`);
  if (key === undefined) throw new Error('a validator has a vote key');
  return { subject, seat: seatOf(dee), signature: await key.sign(voteSignedText(subject)) };
}

function tellsOthers(message: SessionMessage): void {
  for (const session of dee.chain.node.sessions()) session.send(encodeSessionMessage(message));
}

describe('one validator of four', { timeout: 90_000 }, () => {
  test('who sends heads that nobody asked for keeps no room from what is needed', async () => {
    const { node, id: chain } = dee.chain;
    const { epoch } = trustOf(dee.chain);
    let view = viewOf(dee);
    while (leaderSeat(view, SEATS) !== seatOf(dee)) view += 1;
    // Far above the tip, each the parent of the one before, the last on nothing.
    const heads: Header[] = [];
    for (let parent = hashOf('nowhere'), i = 0; i < 600; i++) {
      heads.unshift({
        ...node.ledger.tip.header,
        epoch,
        view,
        height: 2 ** 40 + i,
        parent,
        proposerSeat: seatOf(dee),
        nextTrust: undefined,
      });
      parent = blockIdOf(heads[0] as Header);
    }
    const [top, ...below] = heads as [Header, ...Header[]];
    const vote = await signedByDee({ kind: 'notarize', chain, epoch, view, block: blockIdOf(top) });
    tellsOthers({ type: 'proposal', view, header: top, ids: [], vote, certificates: [] });
    const told = new Promise<void>((resolve) => {
      let left = below.length * (SEATS - 1);
      says = ({ type }) => {
        if (type === 'block-head' && --left === 0) resolve();
        return left >= 0;
      };
    });
    for (const header of below) tellsOthers({ type: 'block-head', header, ids: [] });
    await told;
    says = () => false;
    for (const device of [ada, ben, cem]) await writes(device, `in spite of Dee, ${device.name}`);
  });

  test('who gives one of them no part of its block, and is there and silent from then on, is not waited for', async () => {
    await deeLeads(true);
    // All that the others get of Dee is its block; Ada alone cannot have the parts of it. The three of them do not make it final.
    says = ({ type }, to) => type === 'proposal' || (type === 'block-part' && to !== ada.peer);
    const view = viewOf(ben);
    await dee.chain.append('not for Ada');
    while (viewOf(ben) === view) await new Promise((resolve) => setTimeout(resolve, 20));
    await writes(ben, 'in spite of Dee');
    await until(ada.chain, () => ada.chain.height >= ben.chain.height);
    expect(await ada.texts()).toEqual(expect.arrayContaining(['not for Ada', 'in spite of Dee']));
  });

  test('who names transactions in a proposal out of turn does not keep them from the others', async () => {
    await deeLeads(false);
    const wim = await someone('Wim');
    await wim.joins(await ada.invites());
    // Wim reaches Ada alone, and for a moment nobody.
    for (const { peer } of [ada, ben, cem, dee]) {
      hub().block(wim.peer, peer);
      hub().block(peer, wim.peer);
      hub().disconnect(wim.peer, peer);
    }
    await until(ada.chain, () => !ada.chain.node.sessions().some(({ peer }) => peer === wim.peer));
    const id = await wim.chain.append('shy');
    const { tip, trust } = dee.chain.node.ledger;
    const vote = await signedByDee({ kind: 'nullify', chain: dee.chain.id, epoch: trust.epoch, view: viewOf(dee) + 1, block: undefined });
    tellsOthers({ type: 'proposal', view: viewOf(dee), header: tip.header, ids: [id], vote, certificates: [] });
    await ada.chain.node.run(() => undefined);
    hub().heal();
    for (const { peer } of [ben, cem, dee]) {
      hub().block(wim.peer, peer);
      hub().block(peer, wim.peer);
    }
    await until(wim.chain, () => wim.chain.pending().length === 0);
    for (const { chain } of [ada, ben, cem]) await until(chain, () => chain.height >= wim.chain.height);
  });
});
