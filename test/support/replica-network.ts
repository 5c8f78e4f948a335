/**
 * Replicas in one process with virtual time: their effects become messages that may be lost, delayed and overtaken. Blocks
 * have a place and nothing in them; what becomes final is held against what became final anywhere before. Where a closing
 * block is final a node goes on in the next epoch, with the same seats, while words of the one before are still on their way.
 */
import { toHex, utf8 } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { VIEWS_AHEAD_MAX } from '../../src/core/base/limits.ts';
import type { TrustSet } from '../../src/core/codec/records.ts';
import type { Certificate, Vote } from '../../src/core/codec/vote.ts';
import { votesOf } from '../../src/core/consensus/certificate.ts';
import { leaderSeat } from '../../src/core/consensus/leader.ts';
import { createReplica, stepReplica } from '../../src/core/consensus/replica.ts';
import {
  type BlockPlace,
  hasEnded,
  type Replica,
  type ReplicaEffect,
  type ReplicaEvent,
  type TimerName,
} from '../../src/core/consensus/replica-state.ts';
import { wantsCertificate, wantsVote } from '../../src/core/consensus/tally.ts';
import { newsOf, VIEWS_REMEMBERED_MAX } from '../../src/core/consensus/witness.ts';
import { Testimony } from './testimony.ts';
import { hashOf, keyOf, SIGNATURE } from './world.ts';

export function trustOfSize(validators: number, epoch = 0): TrustSet {
  const seats = Array.from({ length: validators }, (_, i) => {
    const [node, vote, note] = ['', ', vote', ', note'].map((kind) => keyOf(`validator ${i}${kind}`));
    if (node === undefined || vote === undefined || note === undefined) throw new Error('three keys');
    return { member: hashOf(`member ${i}`), node, vote, note, software: [1], ready: 0 };
  });
  return { epoch, base: CHAIN, seats, auditors: [], auditorsQuorum: 0 };
}

export const CHAIN = hashOf('chain');
export const FIRST = hashOf('block zero');
const FIRST_FINAL = { block: FIRST, view: 0, certificate: undefined };

export interface Weather {
  /** Share of messages that are lost. */
  readonly loss: number;
  readonly delayMs: number;
  /** Whether a message of a view from one node gets to another. */
  readonly reaches: (from: number, to: number, view: number) => boolean;
}

export const FAIR: Weather = { loss: 0, delayMs: 50, reaches: () => true };

/** After a block that would have been empty, until there is something to put into one. */
const EMPTY_FOR_MS = 1000;
/** Of so many blocks, the newest, a rash leader picks one to stand on, of those the newer more often. */
const RASH_CHOICE = 12;

type Message = { readonly vote: Vote } | { readonly certificate: Certificate } | Proposal;

interface Proposal {
  readonly epoch: number;
  readonly view: number;
  readonly block: BlockPlace;
}

interface Place extends BlockPlace {
  readonly epoch: number;
}

function viewOf(message: Message): number {
  if ('vote' in message) return message.vote.subject.view;
  return 'certificate' in message ? message.certificate.subject.view : message.view;
}

function epochOf(message: Message): number {
  if ('vote' in message) return message.vote.subject.epoch;
  return 'certificate' in message ? message.certificate.subject.epoch : message.epoch;
}

/** One replica with what drives it. Several may have one seat: twins. */
class Node {
  readonly index: number;
  readonly seat: number;
  replica: Replica;
  /** Own votes of this epoch that are durable. */
  votes: Vote[] = [];
  /** Of each epoch that is over here, the certificate of the block that closed it. */
  readonly closed: Certificate[] = [];
  readonly timers = new Map<TimerName, number>();
  readonly accused = new Set<number>();
  /** Epochs and seats that it has accused, and what it has heard since it was started. */
  readonly accusations = new Set<string>();
  heard = new Testimony();
  isUp = true;
  finalized = 0;

  constructor(index: number, seat: number, replica: Replica) {
    this.index = index;
    this.seat = seat;
    this.replica = replica;
  }

  get epoch(): number {
    return this.replica.trust.epoch;
  }
}

export class ReplicaNetwork {
  readonly nodes: readonly Node[];
  weather: Weather = FAIR;
  now = 0;
  /** That have happened. */
  events = 0;
  readonly finalChild = new Map<string, string>();
  readonly problems: string[] = [];
  readonly #random: () => number;
  readonly #validators: number;
  readonly #trusts: TrustSet[] = [];
  readonly #queue: { readonly at: number; readonly run: () => void }[] = [];
  readonly #places = new Map<string, Place>();
  readonly #given = new Map<string, string>();
  readonly #twinSeats: ReadonlySet<number>;
  readonly #leaderOf: (view: number) => number;
  /** Chance that a block closes the epoch. */
  closing = 0;
  /** Of the twins' seats: leaders that stand their blocks on whatever they like, and vote for them. */
  rash = false;

  /** `leaderOf`: round-robin unless said. */
  constructor(validators: number, random: () => number, twins: readonly number[] = [], leaderOf?: (view: number) => number) {
    this.#random = random;
    this.#leaderOf = leaderOf ?? ((view) => leaderSeat(view, validators));
    this.#validators = validators;
    this.#twinSeats = new Set(twins);
    const seats = [...Array(validators).keys(), ...twins];
    this.nodes = seats.map((seat, index) => new Node(index, seat, this.#replicaOf(seat, 0, FIRST_FINAL)));
  }

  #replicaOf(seat: number, epoch: number, final: Replica['final']): Replica {
    const trust = this.#trusts[epoch] ?? trustOfSize(this.#validators, epoch);
    this.#trusts[epoch] = trust;
    return createReplica({ chain: CHAIN, trust, seat, final, leaderOf: this.#leaderOf });
  }

  get honest(): readonly Node[] {
    return this.nodes.filter(({ seat }) => !this.#twinSeats.has(seat));
  }

  /** Whether everybody has something to say. */
  pending(pending: boolean): void {
    for (const node of this.nodes) this.#hear(node, { type: 'pending', pending });
  }

  /** Runs until the time, or until nothing is under way. */
  run(ms: number, until: () => boolean = () => false): void {
    const end = this.now + ms;
    while (this.#queue.length > 0 && !until()) {
      const next = this.#queue[0];
      if (next === undefined || next.at > end) break;
      this.#queue.shift();
      this.events += 1;
      this.now = next.at;
      next.run();
    }
    if (!until()) this.now = end;
  }

  get isQuiet(): boolean {
    return this.#queue.length === 0;
  }

  /** Whether somebody honest holds a notarized block that is not final. */
  get isUnfinished(): boolean {
    const holds = ({ replica }: Node) => [...replica.rounds.values()].some(({ certificates }) => certificates.notarize !== undefined);
    return this.honest.some((node) => node.isUp && holds(node));
  }

  /** The node stops, and comes back with nothing but its durable votes and the final block. */
  restart(node: Node): void {
    const { final } = node.replica;
    // What closed the epoch before is nobody's block in this one.
    const place = final.certificate === undefined ? undefined : this.#places.get(toHex(final.block));
    node.timers.clear();
    node.heard = new Testimony();
    node.replica = this.#replicaOf(node.seat, node.epoch, final);
    if (place !== undefined) this.#hear(node, { type: 'final', block: place, certificate: final.certificate });
    for (const vote of node.votes) this.#hear(node, { type: 'vote', vote });
  }

  #later(ms: number, run: () => void): void {
    const at = this.now + ms;
    // In order of time; of what is due at once, the first that was asked for is the first.
    let [low, high] = [0, this.#queue.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#queue[middle]?.at ?? at) <= at) low = middle + 1;
      else high = middle;
    }
    this.#queue.splice(low, 0, { at, run });
  }

  /** Unless the node is in another epoch by then: whoever drives a replica ends with it. */
  #laterHere(node: Node, ms: number, run: () => void): void {
    const { epoch } = node;
    this.#later(ms, () => {
      if (node.epoch === epoch) run();
    });
  }

  #hear(node: Node, event: ReplicaEvent): void {
    if (!node.isUp) return;
    const { replica, effects } = stepReplica(node.replica, event);
    node.replica = replica;
    for (const effect of effects) this.#perform(node, effect);
  }

  #perform(node: Node, effect: ReplicaEffect): void {
    switch (effect.type) {
      case 'build':
        return this.#build(node, effect);
      case 'judge':
        return this.#laterHere(node, 5, () => this.#judged(node, effect.view, effect.block));
      case 'fetch':
        return this.#laterHere(node, 2 * this.weather.delayMs, () => this.#fetched(node, effect.view, effect.block));
      case 'propose': {
        for (const certificate of effect.certificates) this.#send(node, { certificate });
        const { epoch, view, block } = effect.subject;
        const place = block === undefined ? undefined : this.#places.get(toHex(block));
        if (place !== undefined) this.#send(node, { epoch, view, block: place });
        // A closing block is only proposed again; who is rash has another for that view.
        if (place !== undefined && place.view < view) this.#proposeRashly(node, { ...place, view, parent: place.id, closes: false }, true);
        return this.#vote(node, effect.subject);
      }
      case 'vote':
        return this.#vote(node, effect.subject);
      case 'rebroadcast':
        return this.#rebroadcast(node, effect);
      case 'answer': {
        const { certificate } = node.replica.final;
        for (const to of this.nodes) if (to.seat === effect.seat && certificate !== undefined) this.#sendTo(node, to, { certificate });
        return;
      }
      case 'finalized':
        return this.#finalized(node, effect.block, effect.certificate);
      case 'set-timer': {
        node.timers.set(effect.timer, effect.view);
        return this.#laterHere(node, effect.ms, () => {
          if (node.timers.get(effect.timer) === effect.view) this.#hear(node, { type: 'timeout', timer: effect.timer, view: effect.view });
        });
      }
      case 'cancel-timer':
        node.timers.delete(effect.timer);
        return;
      case 'evidence':
        node.accused.add(effect.first.seat);
        node.accusations.add(`${node.epoch}/${effect.first.seat}`);
        return;
    }
  }

  #build(node: Node, { view, parent, mayBeEmpty }: Extract<ReplicaEffect, { readonly type: 'build' }>): void {
    const empty = this.#random() < 0.1 && !mayBeEmpty;
    const id = plainSha256(utf8(`block ${view} of node ${node.index} on ${toHex(parent)} at ${this.now}`));
    const place = { id, epoch: node.epoch, view, parent, closes: this.#random() < this.closing };
    this.#proposeRashly(node, place);
    this.#places.set(toHex(id), place);
    this.#laterHere(node, 5, () => this.#hear(node, { type: 'built', view, block: empty ? undefined : place }));
    // Nothing of what waited was fit; something else comes. A validator alone runs no timer that would look again.
    if (empty) this.#later(EMPTY_FOR_MS, () => this.#hear(node, { type: 'pending', pending: node.replica.pending }));
  }

  /** On any block that there is, unless its own parent will do, without showing why. */
  #proposeRashly(node: Node, like: Place, sticks = false): void {
    if (!this.rash || !this.#twinSeats.has(node.seat)) return;
    const there = [FIRST, ...[...this.#places.values()].map(({ id }) => id)].slice(-RASH_CHOICE).reverse();
    const other = there[Math.floor(this.#random() ** 2 * there.length)] ?? FIRST;
    const parent = sticks ? like.parent : other;
    const id = plainSha256(utf8(`rash block ${like.view} of node ${node.index} on ${toHex(parent)} at ${this.now}`));
    const block = { ...like, id, parent };
    this.#places.set(toHex(id), block);
    this.#send(node, { epoch: like.epoch, view: like.view, block });
    const subject: Vote['subject'] = { kind: 'notarize', chain: CHAIN, epoch: like.epoch, view: like.view, block: id };
    this.#send(node, { vote: { subject, seat: node.seat, signature: SIGNATURE } });
  }

  #judged(node: Node, view: number, id: Hash): void {
    const block = this.#places.get(toHex(id));
    if (block !== undefined) this.#hear(node, { type: 'judged', view, block, sound: true });
  }

  /** A block comes with whatever lies below it. */
  #fetched(node: Node, view: number, id: Hash): void {
    if (this.#random() < this.weather.loss) return;
    const block = this.#places.get(toHex(id));
    if (block !== undefined) this.#hear(node, { type: 'judged', view, block, sound: true });
  }

  #vote(node: Node, subject: Vote['subject']): void {
    if (!this.#twinSeats.has(node.seat)) this.#honestVote(node, subject);
    const vote: Vote = { subject, seat: node.seat, signature: SIGNATURE };
    node.votes.push(vote);
    this.#send(node, { vote });
    this.#laterHere(node, 1, () => this.#hear(node, { type: 'vote', vote }));
  }

  #honestVote(node: Node, { epoch, kind, view, block }: Vote['subject']): void {
    const text = block === undefined ? 'none' : toHex(block);
    const place = `${node.seat}/${epoch}/${view}`;
    const key = `${place}/${kind}`;
    const before = this.#given.get(key) ?? text;
    // The same vote once more is no second one: a lone validator that was stopped finalizes again what it finds notarized.
    if (before !== text) this.problems.push(`seat ${node.seat} gives ${kind} twice in view ${view}`);
    this.#given.set(key, text);
    if (this.#given.has(`${place}/nullify`) && this.#given.has(`${place}/finalize`))
      this.problems.push(`seat ${node.seat} nullifies and finalizes view ${view}`);
    if (kind === 'finalize' && this.#given.get(`${place}/notarize`) !== text)
      this.problems.push(`seat ${node.seat} finalizes a block in view ${view} that it did not notarize`);
  }

  #rebroadcast(node: Node, { certificates, votes }: Extract<ReplicaEffect, { readonly type: 'rebroadcast' }>): void {
    for (const certificate of certificates) this.#send(node, { certificate });
    for (const vote of votes) {
      const { kind, epoch, view, block } = vote.subject;
      const place = block === undefined ? undefined : this.#places.get(toHex(block));
      if (kind === 'notarize' && node.replica.leaderOf(view) === node.seat && place !== undefined)
        this.#send(node, { epoch, view, block: place });
      this.#send(node, { vote });
    }
  }

  #send(from: Node, message: Message): void {
    for (const to of this.nodes) if (to !== from && to.seat !== from.seat) this.#sendTo(from, to, message);
  }

  #sendTo(from: Node, to: Node, message: Message): void {
    const { loss, delayMs, reaches } = this.weather;
    if (!reaches(from.index, to.index, viewOf(message)) || this.#random() < loss) return;
    this.#later(delayMs * (0.5 + this.#random()), () => this.#arrived(from, to, message));
  }

  #arrived(from: Node, to: Node, message: Message): void {
    const closed = to.closed[epochOf(message)];
    // Whoever speaks in an epoch that is over here is told so; the replica is to take no notice of what it says.
    if (closed !== undefined && epochOf(message) === from.epoch) this.#sendTo(to, from, { certificate: closed });
    if ('vote' in message) {
      if (wantsVote(to.replica, message.vote)) this.#hear(to, { type: 'vote', vote: message.vote });
    } else if ('certificate' in message) {
      const { certificate } = message;
      if (wantsCertificate(to.replica, certificate)) this.#hear(to, { type: 'certificate', certificate });
      else for (const vote of newsOf(to.replica, [], [certificate])) this.#hear(to, { type: 'seen', vote });
    } else if (message.epoch === to.epoch) this.#hear(to, { type: 'proposal', view: message.view, block: message.block });
    if (to.isUp && epochOf(message) === to.epoch && !('block' in message)) this.#mustAccuse(to, message);
  }

  /** Whoever holds two votes that contradict each other says so at once. */
  #mustAccuse({ index, replica, heard, accusations }: Node, message: Exclude<Message, Proposal>): void {
    const view = viewOf(message);
    if (view <= replica.final.view - VIEWS_REMEMBERED_MAX / 2 || view > replica.view + VIEWS_AHEAD_MAX / 2) return;
    for (const { subject, seat } of 'vote' in message ? [message.vote] : votesOf(message.certificate)) {
      if (heard.contradicts(String(seat), subject) && !accusations.has(`${subject.epoch}/${seat}`))
        this.problems.push(`node ${index} holds two votes of seat ${seat} in view ${view} that contradict each other, and says nothing`);
    }
  }

  #finalized(node: Node, id: Hash, certificate: Certificate): void {
    node.finalized += 1;
    if (!this.#twinSeats.has(node.seat)) this.#chainIsFinal(id);
    const block = this.#places.get(toHex(id));
    if (block === undefined) return;
    this.#laterHere(node, 5, () => {
      this.#hear(node, { type: 'final', block, certificate });
      if (hasEnded(node.replica)) this.#enterEpoch(node, node.epoch + 1, certificate);
    });
  }

  #enterEpoch(node: Node, epoch: number, closed: Certificate): void {
    const { final, pending } = node.replica;
    node.closed[epoch - 1] = closed;
    node.votes = [];
    node.timers.clear();
    node.replica = this.#replicaOf(node.seat, epoch, { block: final.block, view: 0, certificate: undefined });
    this.#hear(node, { type: 'pending', pending });
  }

  /** Down to a block that was final before: two final children of one block are two chains. */
  #chainIsFinal(id: Hash): void {
    let at = this.#places.get(toHex(id));
    while (at !== undefined) {
      const parent = toHex(at.parent);
      const child = toHex(at.id);
      const before = this.finalChild.get(parent);
      if (before === child) return;
      if (before !== undefined) this.problems.push(`two final blocks on ${parent}`);
      const below = this.#places.get(parent);
      if (below?.closes === true && below.epoch === at.epoch) this.problems.push(`${parent} closes its epoch, and has a successor in it`);
      this.finalChild.set(parent, child);
      at = this.#places.get(parent);
    }
  }
}
