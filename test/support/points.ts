/** Blocks without certificates or signatures, on a world of named people: for what judges headers and their leaves. */
import { unwrap } from '../../src/core/base/result.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import type { Genesis } from '../../src/core/codec/genesis.ts';
import type { TrustSet } from '../../src/core/codec/records.ts';
import type { Action, Transaction } from '../../src/core/codec/transaction.ts';
import { bitmapOf, type Certificate, type VoteKind, type VoteSubject } from '../../src/core/codec/vote.ts';
import { buildBlock, type ChainPoint, type Proposal } from '../../src/core/consensus/execute.ts';
import { leaderSeat } from '../../src/core/consensus/leader.ts';
import { frontierFrom } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { trustSetOf } from '../../src/core/membership/facts.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { found, type Overrides, refOf, SIGNATURE, World } from './world.ts';

/** The point after leaf 0. */
export function firstPoint(genesis: Genesis): ChainPoint {
  const { header, state, leaf } = unwrap(found(genesis));
  return { header, id: blockIdOf(header), state, frontier: unwrap(frontierFrom(1, [leafHash(leaf)])), recovery: genesis.recovery };
}

/** What the leader of the next view may propose a second later, with everybody's notarization of the parent. */
export function proposalOn(parent: ChainPoint, changes: Partial<Proposal> = {}): Proposal {
  const view = parent.header.view + 1;
  const { seats } = trustSetOf(parent.state);
  const proposerSeat = leaderSeat(view, seats.length);
  return { view, time: parent.header.time + 1000, proposerSeat, parentSigners: bitmapOf(seats.map((_, i) => i)), ...changes };
}

/** The next point, with all of these in it. Throws if one has no place. */
export function nextPoint(parent: ChainPoint, transactions: readonly Transaction[], changes: Partial<Proposal> = {}): ChainPoint {
  const built = buildBlock(parent, proposalOn(parent, changes), transactions.map(asVerified));
  const [refused] = built.refused;
  if (refused !== undefined) throw new Error(`${refused.refusal.code}: ${refused.refusal.detail}`);
  return built.point;
}

/** Makes transactions for a chain whose blocks are built apart from the world's own state. */
export class Writer {
  readonly #world: World;

  constructor(genesis: Genesis) {
    this.#world = new World(genesis);
  }

  act(sender: string, action: Action, overrides?: Overrides): Transaction {
    return this.#world.transaction(sender, action, overrides);
  }
  entry(sender: string, what: string, length = 100): Transaction {
    return this.act(sender, { type: 'entry', body: refOf(what, length) });
  }
  invite(sender: string, link: string): Transaction {
    return this.act(sender, this.#world.inviteAction(link));
  }
  join(name: string, link: string): Transaction {
    return this.act(name, this.#world.joinAction(name, link));
  }
}

/** A certificate of the form alone: nobody has signed. */
export function certificateOf(point: ChainPoint, changes: Partial<VoteSubject> & { readonly seats?: readonly number[] } = {}): Certificate {
  const { seats = trustSetOf(point.state).seats.map((_, i) => i), ...subject } = changes;
  const kind: VoteKind = 'finalize';
  const { chain, epoch, view } = point.header;
  return {
    subject: { kind, chain, epoch, view, block: point.id, ...subject },
    signers: bitmapOf(seats),
    signatures: seats.map(() => SIGNATURE),
  };
}

export function trustOf(point: ChainPoint): TrustSet {
  return trustSetOf(point.state);
}
