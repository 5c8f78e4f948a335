/**
 * Everything that validators are heard to say. Whoever contradicts itself in what somebody heard, or in what it signed for
 * itself, is guilty, and nobody else is: evidence may name no other. And where an honest validator heard both votes, and lived on, the chain must convict in the end.
 */
import { equal, toHex } from '../../../src/core/base/bytes.ts';
import type { TrustSet } from '../../../src/core/codec/records.ts';
import { decodeSessionMessage, type SessionMessage } from '../../../src/core/codec/session-message.ts';
import { decodeSessionFrame } from '../../../src/core/codec/stream-frames.ts';
import { type Vote, type VoteSubject, voteSignedText } from '../../../src/core/codec/vote.ts';
import { votesOf } from '../../../src/core/consensus/certificate.ts';
import type { State } from '../../../src/core/membership/state.ts';
import { PROTOCOLS } from '../../../src/net/protocols.ts';
import type { Transport } from '../../../src/net/transport.ts';
import type { ChainNode } from '../../../src/node/chain-node.ts';
import type { PeerId, Verifier } from '../../../src/node/ports.ts';
import { altered, through } from '../../net/tampering.ts';
import { Testimony } from '../../support/testimony.ts';
import { votingNumber } from './mail.ts';

/** Numbers of messages that carry votes, singly or under certificates: `tip`, `proposal`, `votes`, `certificates`. */
const TELLING: ReadonlySet<number | undefined> = new Set([5, 9, 10, 11]);
/** Votes of views further off than this nobody needs to remember. */
const VIEWS_APART_MAX = 8;
/** Whoever dies sooner after it heard the second vote may have told nobody. */
const TELLS_WITHIN_MS = 30_000;

export interface HearingsPorts {
  readonly verifier: Verifier;
  now(): number;
  trust(epoch: number): TrustSet | undefined;
  /** The chain on a device. */
  node(device: string): ChainNode | undefined;
}

/** A vote as somebody gave it, with who has heard it. */
interface Heard {
  readonly subject: VoteSubject;
  readonly key: Uint8Array;
  readonly who: string;
  /** Whether the signature is good, once it was looked at. */
  isGood: boolean | undefined;
  readonly by: Set<string>;
  /** By device and process, who showed it there. */
  readonly shownBy: Map<string, Set<PeerId>>;
}

/** Frames whose votes are known, so that what goes to many is read once. */
const FRAMES_MAX = 4_096;

/** Two votes that an honest validator holds. */
interface Held {
  readonly device: string;
  /** Of the chain as it was open then. */
  readonly memory: number;
  readonly key: Uint8Array;
  readonly subject: VoteSubject;
  readonly at: number;
}

export class Hearings {
  /** Vote keys that contradicted themselves before anybody, as hexadecimal. */
  readonly guilty = new Set<string>();
  readonly #ports: HearingsPorts;
  readonly #said = new Testimony();
  readonly #heard = new Testimony();
  readonly #votes = new Map<string, Heard>();
  readonly #frames = new Map<string, readonly Heard[]>();
  /** How often a chain was opened on a device: what it heard before it has forgotten, if it told nobody. */
  readonly #memories = new Map<string, { readonly node: ChainNode; readonly number: number }>();
  #held: readonly Held[] = [];

  constructor(ports: HearingsPorts) {
    this.#ports = ports;
  }

  /** The network of a process that starts, with an ear on what it hears, and on what it says if it is faulty. */
  transport(transport: Transport, device: string, isHonest: boolean): Transport {
    const hears = (frame: Uint8Array, from: PeerId): Uint8Array => {
      const memory = isHonest ? this.#memoryOf(device) : undefined;
      if (TELLING.has(votingNumber(frame))) for (const vote of this.#votesIn(frame)) this.#take(vote, device, memory, from);
      return frame;
    };
    return through(transport, (stream, _side, protocol) => {
      if (protocol !== PROTOCOLS.session.id) return stream;
      const received = (frame: Uint8Array) => hears(frame, stream.peer);
      return altered(stream, isHonest ? { received } : { received, sent: received });
    });
  }

  /** A faulty validator has signed a vote: its own node knows of it. */
  signed(vote: Vote): void {
    const given = this.#known(vote);
    if (given !== undefined) this.#take(given, '', undefined, '');
  }

  /** A process or a chain in it has ended: what it heard last it may have told nobody. */
  ended(device: string): void {
    const early = (held: Held) => held.device === device && this.#ports.now() - held.at < TELLS_WITHIN_MS;
    this.#held = this.#held.filter((held) => !early(held));
  }

  #memoryOf(device: string): number | undefined {
    const node = this.#ports.node(device);
    if (node === undefined) return undefined;
    const before = this.#memories.get(device);
    if (before?.node === node) return before.number;
    this.ended(device);
    const number = (before?.number ?? 0) + 1;
    this.#memories.set(device, { node, number });
    return number;
  }

  /** Who should have been convicted, going by what devices hold that have kept all they had, and was not. */
  unconvicted(state: State, hasKeptAll: (device: string) => boolean): string | undefined {
    const isMissed = ({ device, key }: Held) => hasKeptAll(device) && state.get('retired', key) === undefined;
    const missed = this.#held.find((held) => isMissed(held) && this.#cameByOthers(held));
    if (missed === undefined) return undefined;
    const { device, key, subject } = missed;
    const votes = `two votes by ${toHex(key).slice(0, 8)} of view ${subject.epoch}/${subject.view} that contradict each other`;
    return `${device} holds ${votes}, and nobody is convicted`;
  }

  /** Whether its votes came by others than those who showed wrong signatures there, and so are not listened to. */
  #cameByOthers({ device, memory, key }: Held): boolean {
    const by = `${device}/${memory}`;
    const all = [...this.#votes.values()];
    const bearersOf = ({ shownBy }: Heard) => [...(shownBy.get(by) ?? [])];
    const liars = new Set(all.flatMap((vote) => (vote.isGood === false ? bearersOf(vote) : [])));
    const testimony = new Testimony();
    const given = all.filter((vote) => vote.isGood === true && vote.who === toHex(key) && vote.by.has(by));
    return given.some((vote) => bearersOf(vote).some((peer) => !liars.has(peer)) && testimony.contradicts(vote.who, vote.subject));
  }

  #votesIn(frame: Uint8Array): readonly Heard[] {
    const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('latin1');
    const before = this.#frames.get(bytes);
    if (before !== undefined) return before;
    const given = votesIn(frame).map((vote) => this.#known(vote));
    const known = given.filter((vote) => vote !== undefined);
    // Of an epoch that has not begun here the keys come later.
    if (known.length < given.length) return known;
    if (this.#frames.size >= FRAMES_MAX) this.#frames.clear();
    this.#frames.set(bytes, known);
    return known;
  }

  #known({ subject, seat, signature }: Vote): Heard | undefined {
    const key = this.#ports.trust(subject.epoch)?.seats[seat]?.vote;
    if (key === undefined) return undefined;
    const message = voteSignedText(subject);
    const who = toHex(key);
    const name = `${who}/${toHex(signature)}/${toHex(message)}`;
    const before = this.#votes.get(name);
    if (before !== undefined) return before;
    const given: Heard = { subject, key, who, isGood: undefined, by: new Set(), shownBy: new Map() };
    this.#votes.set(name, given);
    void this.#ports.verifier.verify([{ key, message, signature }], 'agreement').then(([good = false]) => {
      given.isGood = good;
      if (good) for (const one of given.by) this.#takeGood(given, one);
    });
    return given;
  }

  #take(given: Heard, device: string, memory: number | undefined, from: PeerId): void {
    const at = `${device}/${memory}`;
    given.shownBy.set(at, (given.shownBy.get(at) ?? new Set()).add(from));
    const by = memory !== undefined && this.#isAtHand(device, given.subject) ? at : '';
    if (given.by.has(by)) return;
    given.by.add(by);
    if (given.isGood === true) this.#takeGood(given, by);
  }

  /** `by`: a device and which memory of it; empty where it only matters that somebody gave it. */
  #takeGood({ subject, key, who }: Heard, by: string): void {
    if (this.#said.contradicts(who, subject)) this.guilty.add(who);
    if (by === '' || !this.#heard.contradicts(`${by}/${who}`, subject)) return;
    const [device = '', number = ''] = by.split('/');
    const memory = Number(number);
    if (this.#held.some((held) => held.device === device && held.memory === memory && equal(held.key, key))) return;
    this.#held = [...this.#held, { device, memory, key, subject, at: this.#ports.now() }];
  }

  /** Whether a validator runs there that is concerned with such votes now. */
  #isAtHand(device: string, { epoch, view }: VoteSubject): boolean {
    const node = this.#ports.node(device);
    if (node?.isValidator !== true || node.ledger.trust.epoch !== epoch) return false;
    const { subject } = node.ledger.certificate;
    return Math.abs(view - (subject.epoch === epoch ? subject.view : 0)) <= VIEWS_APART_MAX;
  }
}

function votesIn(frame: Uint8Array): readonly Vote[] {
  const read = decodeSessionFrame(frame, PROTOCOLS.session.frameBytesMax);
  const message = read.ok && read.value.type === 'message' ? decodeSessionMessage(read.value.message) : undefined;
  return message?.ok === true ? votesUnder(message.value) : [];
}

function votesUnder(message: SessionMessage): readonly Vote[] {
  switch (message.type) {
    case 'tip':
      return votesOf(message.certificate);
    case 'proposal':
      return [message.vote, ...message.certificates.flatMap(votesOf)];
    case 'votes':
      return message.votes;
    case 'certificates':
      return message.certificates.flatMap(votesOf);
    default:
      return [];
  }
}
