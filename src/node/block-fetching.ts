/**
 * Gets blocks that are wanted and not here from the other validators: one who may have a block is asked, after a pause the
 * next, and so on until it is here or wanted no more. So neither a lost message nor a seat that does not answer keeps a block away.
 *
 * A block's id covers its header and by it the log's root, but not the list of its transactions' ids, nor their signatures.
 * Whoever sends either wrong could spoil a block for us. So heads and parts are taken only from who was asked for them: a head
 * once each time, parts until the block turns out wrong; then it is begun anew with the next one alone. From the second round
 * on everybody is asked for the list as well.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import { blockIdOf } from '../core/codec/block.ts';
import type { Candidate, Candidates } from './candidates.ts';
import type { MessageOf } from './gossip.ts';
import type { Clock, Session } from './ports.ts';
import type { ValidatorPeers } from './validator-peers.ts';
import type { WantedBlock } from './wanted-blocks.ts';

/** After which the next is asked: a few round trips across the world. Doubles with each round through all. */
const PAUSE_MS = SECOND_MS;
/** Outgrows the delays of any network that a chain can live with. */
const PAUSE_MS_MAX = 64 * SECOND_MS;

export interface BlockFetchingPorts {
  readonly clock: Clock;
  readonly peers: ValidatorPeers;
  readonly candidates: Candidates;
  wanted(): readonly WantedBlock[];
  /** Some time has passed, or it came by other ways: looks what is here by now, then calls `next`. Runs in the node's order. */
  overdue(block: Hash): void;
}

/** What is being asked for. */
interface Search {
  readonly block: Hash;
  /** How many were asked before. */
  turn: number;
  /** Seats that were asked for the head, and have not answered since. */
  readonly owing: Set<number>;
  /** Seats whose parts are taken. */
  readonly trusted: Set<number>;
  /** What came together was wrong before: nothing that waits here is taken for its parts. */
  hasFailed: boolean;
  cancel: () => void;
}

export class BlockFetching {
  readonly #ports: BlockFetchingPorts;
  /** By the hexadecimal of the block's id. At most one for each that is wanted. */
  readonly #searches = new Map<string, Search>();

  constructor(ports: BlockFetchingPorts) {
    this.#ports = ports;
  }

  close(): void {
    for (const { cancel } of this.#searches.values()) cancel();
    this.#searches.clear();
  }

  /** Asks for what is lacking by now and was not asked for yet; forgets what is not lacking any more. */
  look(): void {
    const lacking = this.#lacking();
    for (const [key, { block, cancel }] of this.#searches) {
      if (lacking.has(key)) continue;
      cancel();
      this.#searches.delete(key);
      if (this.#ports.candidates.isWhole(block)) this.#ports.overdue(block);
    }
    for (const [key, one] of lacking) {
      if (this.#searches.has(key)) continue;
      const search = {
        block: one.block,
        turn: 0,
        owing: new Set<number>(),
        trusted: new Set<number>(),
        hasFailed: false,
        cancel: () => undefined,
      };
      this.#searches.set(key, search);
      this.#askInTurn(one, search);
    }
  }

  /** Asks the next one, if the block is still lacking. */
  next(block: Hash): void {
    this.look();
    const [one, search] = [this.#lacking().get(toHex(block)), this.#searches.get(toHex(block))];
    if (one === undefined || search === undefined) return;
    search.turn += 1;
    this.#askInTurn(one, search);
  }

  /**
   * A block came out unsound. What made it so may be bytes that somebody sent: its leader is asked once more, and others as long
   * as a quorum stands for it. False if it is the block itself.
   */
  beginsAnew(candidate: Candidate): boolean {
    if (this.#isCertified(candidate.id)) this.#ports.candidates.forget(candidate);
    else if (candidate.isAskedAnew || candidate.ids.length === 0) return false;
    else this.#ports.candidates.askAnew(candidate);
    this.#afterFailure(candidate.id);
    return true;
  }

  /** Whoever sent something for it is not heard any more until it is asked again. */
  #afterFailure(block: Hash): void {
    const before = this.#searches.get(toHex(block));
    before?.owing.clear();
    before?.trusted.clear();
    if (before === undefined) this.look();
    else this.next(block);
    const search = this.#searches.get(toHex(block));
    if (search !== undefined) search.hasFailed = true;
  }

  /** A validator is here anew: it may have what is lacking. */
  met(session: Session): void {
    for (const [key, one] of this.#lacking()) {
      const search = this.#searches.get(key);
      const seat = one.holders.find((of) => this.#ports.peers.sessionOf(of) === session);
      if (search !== undefined && seat !== undefined) this.#ask(one.block, search, seat);
    }
  }

  /** Takes a block's head from whom it was asked, and asks it for what it names; gives the block. */
  takeHead(session: Session, { header, ids }: MessageOf<'block-head'>): Candidate | undefined {
    const id = blockIdOf(header);
    const search = this.#searches.get(toHex(id));
    const seat = this.#seatIn(search?.owing, session);
    if (search === undefined || seat === undefined || this.#ports.candidates.get(id)?.point !== undefined) return undefined;
    search.owing.delete(seat);
    const candidate = this.#ports.candidates.take(header, ids);
    if (search.hasFailed && !candidate.isAskedAnew) this.#ports.candidates.askAnew(candidate);
    this.#askForParts(id, search, seat);
    return candidate;
  }

  /** Takes parts of a block from whom they were asked; gives the block. */
  takeParts(session: Session, { block, items }: MessageOf<'block-part'>): Candidate | undefined {
    const candidate = this.#ports.candidates.get(block);
    const seat = this.#seatIn(this.#searches.get(toHex(block))?.trusted, session);
    if (candidate === undefined || seat === undefined || candidate.point !== undefined) return undefined;
    this.#ports.candidates.fill(candidate, items);
    return candidate;
  }

  #seatIn(seats: ReadonlySet<number> | undefined, session: Session): number | undefined {
    return seats && [...seats].find((seat) => this.#ports.peers.sessionOf(seat) === session);
  }

  /** Whether a quorum stands for the block, itself or by one that stands on it. */
  #isCertified(block: Hash): boolean {
    const { candidates } = this.#ports;
    return this.#ports.wanted().some((one) => one.isCertified && candidates.downFrom(one.block).some(({ id }) => equal(id, block)));
  }

  /** The newest block that is missing on the way down from each that is wanted. */
  #lacking(): Map<string, WantedBlock> {
    const { candidates } = this.#ports;
    const lacking = new Map<string, WantedBlock>();
    for (const one of this.#ports.wanted()) {
      const block = candidates.lackingBelow(one.block);
      const key = block && toHex(block);
      if (block !== undefined && key !== undefined && !lacking.has(key)) lacking.set(key, this.#lackingFor(one, block));
    }
    return lacking;
  }

  /** A block's own leader is asked first; where its parts did not fit, and nobody else stands for it, no other. */
  #lackingFor({ isCertified, holders }: WantedBlock, block: Hash): WantedBlock {
    const candidate = this.#ports.candidates.get(block);
    if (candidate === undefined) return { block, isCertified, holders };
    const leader = candidate.header.proposerSeat;
    const isAlone = candidate.isAskedAnew && !isCertified;
    return { block, isCertified, holders: isAlone ? [leader] : [...new Set([leader, ...holders])] };
  }

  #askInTurn(one: WantedBlock, search: Search): void {
    const here = one.holders.filter((seat) => this.#ports.peers.sessionOf(seat) !== undefined);
    const round = Math.floor(search.turn / Math.max(1, here.length));
    const pauseMs = Math.min(PAUSE_MS_MAX, PAUSE_MS * 2 ** round);
    search.cancel();
    search.cancel = this.#ports.clock.schedule(pauseMs, () => this.#ports.overdue(one.block));
    const seat = here[search.turn % Math.max(1, here.length)];
    if (seat === undefined) return;
    if (round > 0 && one.isCertified) this.#askForHead(one.block, search, seat);
    else this.#ask(one.block, search, seat);
  }

  #ask(block: Hash, search: Search, seat: number): void {
    if (this.#ports.candidates.get(block) === undefined) this.#askForHead(block, search, seat);
    else this.#askForParts(block, search, seat);
  }

  #askForHead(block: Hash, { owing }: Search, seat: number): void {
    owing.add(seat);
    this.#send(seat, block, []);
  }

  #askForParts(block: Hash, { trusted }: Search, seat: number): void {
    const candidate = this.#ports.candidates.get(block);
    const ids = candidate === undefined ? [] : this.#ports.candidates.missing(candidate);
    if (ids.length === 0) return;
    trusted.add(seat);
    this.#send(seat, block, ids);
  }

  #send(seat: number, block: Hash, ids: readonly Hash[]): void {
    const session = this.#ports.peers.sessionOf(seat);
    if (session !== undefined) this.#ports.peers.send({ type: 'ask-block', block, ids }, session);
  }
}
