/**
 * The end of a run, looked at from outside: every device's copy of the log is read leaf by leaf and held against the
 * others', against its certified roots, and against what the people did and were told. Nothing here uses the node's own
 * state machine: invitations, members and sequences are counted anew.
 */
import { equal } from '../../src/core/base/bytes.ts';
import { blockIdOf, type Header } from '../../src/core/codec/block.ts';
import { bodyRefOf } from '../../src/core/codec/body.ts';
import { bodiesOf, decodeTransaction } from '../../src/core/codec/transaction.ts';
import { appendLeaves, emptyFrontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { type Chain, textOf } from '../../src/node/chain.ts';
import type { LedgerLeaf } from '../../src/node/ledger-bundles.ts';
import { type Complain, LogRules, type Placed } from './log-rules.ts';
import type { Society } from './society.ts';

/** A device's whole copy, read back. */
interface Copy {
  readonly device: string;
  readonly leaves: readonly LedgerLeaf[];
  readonly headers: readonly Header[];
}

/** Holds all copies together. `chains`: what each member's device has, those who left not counted, and `lost` whose device is gone. */
export async function audit(chains: ReadonlyMap<string, Chain>, society: Society, complain: Complain, lost = 0): Promise<void> {
  const copies: Copy[] = [];
  for (const [device, chain] of chains) copies.push(await readCopy(device, chain, complain));
  const [first] = copies;
  if (first === undefined) return complain('nobody has a copy');
  for (const copy of copies) checkSame(first, copy, complain);
  const transactions = transactionsOf(first, complain);
  const rules = new LogRules(complain);
  for (const placed of transactions) rules.take(placed);
  checkAnswers(transactions, society, complain);
  for (const [device, chain] of chains) await checkEntries(device, chain, society, complain);
  checkMembers(chains, society, complain, lost);
}

// ---------------------------------------------------------------- one copy

async function readCopy(device: string, chain: Chain, complain: Complain): Promise<Copy> {
  const { ledger } = chain.node;
  const { height, logSize, logRoot } = ledger.tip.header;
  if (!ledger.complete) complain(`${device} lacks a part of history`);
  const leaves = await ledger.leaves(0, logSize);
  const headers = await ledger.headers(0, height + 1);
  if (headers.length !== height + 1) complain(`${device} has ${headers.length} headers of ${height + 1}`);
  const root = frontierRoot(
    appendLeaves(
      emptyFrontier(),
      leaves.map(({ bytes }) => leafHash(bytes)),
    ),
  );
  if (leaves.length !== logSize || !equal(root, logRoot))
    complain(`${device} holds ${leaves.length} leaves that are not those of its log of ${logSize}`);
  headers.forEach((header, i) => {
    const next = headers[i + 1];
    if (header.height !== i || (next !== undefined && !equal(next.parent, blockIdOf(header))))
      complain(`${device} has headers that do not connect at ${i}`);
  });
  return { device, leaves, headers };
}

function checkSame(first: Copy, copy: Copy, complain: Complain): void {
  const [a, b] = [first.headers.at(-1), copy.headers.at(-1)];
  if (a === undefined || b === undefined || !equal(blockIdOf(a), blockIdOf(b)))
    complain(`${first.device} and ${copy.device} end with different blocks`);
  first.leaves.forEach(({ bytes, bodies }, i) => {
    const other = copy.leaves[i];
    if (other === undefined || !equal(bytes, other.bytes)) return complain(`${first.device} and ${copy.device} differ at leaf ${i}`);
    bodies.forEach((body, j) => {
      const its = other.bodies[j];
      if (body === undefined || its === undefined || !equal(body, its))
        complain(`leaf ${i}: ${first.device} and ${copy.device} do not hold the same body`);
    });
  });
}

// ---------------------------------------------------------------- what the log says

function transactionsOf({ leaves, headers, device }: Copy, complain: Complain): readonly Placed[] {
  return leaves.slice(1).flatMap(({ bytes, index, bodies }) => {
    const read = decodeTransaction(bytes);
    if (!read.ok) {
      complain(`${device}: leaf ${index} cannot be read`);
      return [];
    }
    const refs = bodiesOf(read.value.unsigned.action);
    const held = refs.every(({ hash }, i) => bodies[i] !== undefined && equal(bodyRefOf(bodies[i] ?? bytes).hash, hash));
    if (!held) complain(`${device}: leaf ${index} lacks its body`);
    return [{ transaction: read.value, index, time: headers.find(({ logSize }) => logSize > index)?.time ?? 0 }];
  });
}

/** What people were told of their links is what the log says. */
function checkAnswers(placed: readonly Placed[], society: Society, complain: Complain): void {
  for (const [label, { id, plan }] of society.invitations) {
    const joins = placed.filter(
      ({ transaction: { unsigned } }) => unsigned.action.type === 'join' && equal(unsigned.action.invitation, id),
    ).length;
    const attempts = society.attempts.filter((attempt) => attempt.label === label);
    const told = (outcome: string) => attempts.filter((attempt) => attempt.outcome === outcome).length;
    const revoked = placed.some(
      ({ transaction: { unsigned } }) => unsigned.action.type === 'revoke-invite' && equal(unsigned.action.invitation, id),
    );
    if (told('joined') !== joins) complain(`by ${label}, ${told('joined')} were told that they joined, and ${joins} did`);
    if (told('invitation-used') > 0 && joins !== plan.uses) complain(`${label} for ${plan.uses} was called used after ${joins}`);
    if (told('invitation-revoked') > 0 && !revoked) complain(`${label} was called revoked and is not`);
    const lives = plan.revokedAfterMs === undefined && told('invitation-expired') === 0;
    if (lives && plan.uses > 0 && joins !== Math.min(plan.uses, attempts.length))
      complain(`${label} for ${plan.uses} let in ${joins} of ${attempts.length}`);
  }
}

// ---------------------------------------------------------------- what people see

async function checkEntries(device: string, chain: Chain, society: Society, complain: Complain): Promise<void> {
  const seen = new Map<string, number>();
  for (const entry of await chain.entries({ limit: Number.MAX_SAFE_INTEGER })) {
    const text = textOf(entry)?.replace(/\.+$/, '') ?? '';
    seen.set(text, (seen.get(text) ?? 0) + 1);
    if (!society.entries.has(text)) complain(`${device} shows an entry that nobody wrote: ${text}`);
  }
  for (const [text, { acknowledged }] of society.entries) {
    const times = seen.get(text) ?? 0;
    if (times > 1) complain(`${device} shows ${text} ${times} times`);
    if (acknowledged && times === 0) complain(`${device} does not show ${text}, which its author was told is kept`);
  }
}

/** Every member of the chain is somebody's device: no admission was forgotten. */
function checkMembers(chains: ReadonlyMap<string, Chain>, society: Society, complain: Complain, lost: number): void {
  for (const [device, chain] of chains) {
    const members = chain.members().filter(({ left }) => !left);
    if (members.length !== chains.size + lost)
      complain(`${device} counts ${members.length} members, ${chains.size} devices are on the chain`);
    if (members.filter(({ you }) => you).length !== 1) complain(`${device} does not find itself among the members`);
    const gone = chain.members().filter(({ left }) => left).length;
    if (gone !== society.left.size) complain(`${device} counts ${gone} who left, and ${society.left.size} did`);
  }
}
