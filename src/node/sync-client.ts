/**
 * From a session with anybody to what can be believed: finality, single records, and a whole state to start from.
 *
 * Nothing that a peer says counts before it was checked against a certified header, and nothing longer than its form may
 * be is read. A wrong answer throws a typed refusal; the caller then asks another peer.
 */
import { concat, equal, toHex } from '../core/base/bytes.ts';
import { HASH_BYTES, type Hash } from '../core/base/hash.ts';
import { BODY_BYTES_MAX, TRANSACTION_BYTES_MAX } from '../core/base/limits.ts';
import { unwrap } from '../core/base/result.ts';
import { blockIdOf, HEADER_BYTES_MAX, type Header } from '../core/codec/block.ts';
import { bodyHash } from '../core/codec/body.ts';
import { type Codec, decode } from '../core/codec/codec.ts';
import { RECORD_KINDS, type RecordKind, type RecordOf, type TrustSet } from '../core/codec/records.ts';
import {
  BUCKET_RECORDS_MAX,
  type EpochFragment,
  type FinalityAnswer,
  finalityAnswer,
  SNAPSHOT_FRAME_BYTES,
  type SnapshotHead,
  SYNC_ITEM_BYTES_MAX,
  snapshotBuckets,
  snapshotHead,
  snapshotNames,
  stateProof,
} from '../core/codec/sync-message.ts';
import { type Certificate, SEAT_BITMAP_BYTES } from '../core/codec/vote.ts';
import type { ChainPoint } from '../core/consensus/execute.ts';
import { recoveriesAreBelow, trustAtAnchor } from '../core/light/epochs.ts';
import { type Anchor, anchorIsFresh, finalitySignatures, tipExtendsAnchor } from '../core/light/finality.ts';
import { openGenesis } from '../core/light/genesis.ts';
import { frontierFrom, frontierRoot } from '../core/log/frontier.ts';
import { trustSetOf } from '../core/membership/facts.ts';
import { RECORD_BYTES_MAX, readBucket, rootOfBuckets, verifyRecord } from '../core/membership/proof.ts';
import { BUCKETS, State, type StateEntry } from '../core/membership/state.ts';
import type { LedgerSnapshot } from './ledger.ts';
import type { Session, SignatureCheck, Verifier } from './ports.ts';
import { fetchEpochs } from './sync-epochs.ts';
import { type Answer, ask, refused } from './sync-frames.ts';

/** 31 signatures, a bitmap, a subject. */
const CERTIFICATE_BYTES_MAX = 4096 + SEAT_BITMAP_BYTES;
const PROOF_BYTES_MAX = 64 * (HASH_BYTES + 2);
const FINALITY_BYTES_MAX = TRANSACTION_BYTES_MAX + 2 * HEADER_BYTES_MAX + PROOF_BYTES_MAX + CERTIFICATE_BYTES_MAX;
const SNAPSHOT_HEAD_BYTES_MAX = HEADER_BYTES_MAX + CERTIFICATE_BYTES_MAX + PROOF_BYTES_MAX + BUCKETS * (HASH_BYTES + 2);
/** A record, a bucket of as many pairs as one may hold, and the rest. */
export const STATE_PROOF_BYTES_MAX =
  HEADER_BYTES_MAX + CERTIFICATE_BYTES_MAX + PROOF_BYTES_MAX + RECORD_BYTES_MAX + BUCKET_RECORDS_MAX * 70;
/** A group of names is sent once it is over `SNAPSHOT_FRAME_BYTES`; its last may be as long as any. */
const NAMES_BYTES_MAX = 2 * SNAPSHOT_FRAME_BYTES + 2 * BODY_BYTES_MAX;

/** What a session is asked about, and with what it is judged. */
export interface Trusted {
  readonly chain: Hash;
  readonly trust: TrustSet;
  readonly verifier: Verifier;
}

export interface FinalityOptions {
  readonly chain: Hash;
  readonly anchor: Anchor | undefined;
  readonly verifier: Verifier;
  /** This machine's clock, ms. */
  readonly now: number;
  /** A trust set that is believed already; the genesis' unless given. */
  readonly trust?: TrustSet;
}

/** A certified tip of the chain, and what it rests on. */
export interface VerifiedFinality {
  readonly genesisLeaf: Uint8Array;
  readonly header: Header;
  readonly certificate: Certificate;
  /** That of the tip's epoch, which certified it. */
  readonly trust: TrustSet;
  /** That in force above the anchor. */
  readonly anchored: TrustSet;
  /** How trust came there. */
  readonly epochs: readonly EpochFragment[];
}

// ---------------------------------------------------------------- finality

/**
 * A certified tip that extends the anchor, from the chain id alone. Throws `stale-anchor` before anything is asked;
 * `wrong-genesis`, `bad-signature`, `wrong-chain`, `bad-proof`, `no-quorum`, `wrong-trust-set` for what does not hold;
 * `not-available` where the peer cannot show how trust came to its tip.
 */
export async function fetchFinality(session: Session, options: FinalityOptions, signal: AbortSignal): Promise<VerifiedFinality> {
  const { anchor, chain, verifier, now } = options;
  if (anchor !== undefined) unwrap(anchorIsFresh(anchor, now));
  const answer = await askFinality(session, anchor?.height ?? 0, signal);
  const genesis = await verifyGenesis(answer.genesis, chain, verifier);
  const from = anchor ?? { block: genesis.id, height: 0, issued: now };
  unwrap(tipExtendsAnchor(from, answer.anchor, answer.tip, answer.proof));
  const first = believedBefore(answer.tip, options.trust) ?? trustSetOf(genesis.state);
  const epochs = await fetchEpochs(session, { chain, trust: first, recovery: genesis.recovery, verifier }, answer.tip.epoch, signal);
  unwrap(recoveriesAreBelow(from.height, epochs));
  const sets = [first, ...epochs.map(({ next }) => next)];
  const anchored = unwrap(trustAtAnchor(answer.anchor, sets)) ?? first;
  const trust = sets.at(-1) ?? first;
  await verifyFinality({ chain, trust, verifier }, answer.tip, answer.certificate);
  return { genesisLeaf: answer.genesis, header: answer.tip, certificate: answer.certificate, trust, anchored, epochs };
}

/** The same as the peer tells it: nothing of it is checked. */
export function askFinality(session: Session, anchor: number, signal: AbortSignal): Promise<FinalityAnswer> {
  return ask(session, { type: 'finality', anchor }, signal, (answer) => form(answer, finalityAnswer, FINALITY_BYTES_MAX));
}

/** The peer's tip may be of an epoch before the one that we know already. */
function believedBefore(tip: Header, trust: TrustSet | undefined): TrustSet | undefined {
  return trust !== undefined && trust.epoch <= tip.epoch ? trust : undefined;
}

/** The first point of the chain, if the leaf is its genesis and every founder has signed it. */
async function verifyGenesis(leaf: FinalityAnswer['genesis'], chain: Hash, verifier: Verifier): Promise<ChainPoint> {
  const { point, signatures } = unwrap(openGenesis(leaf));
  if (!equal(point.header.chain, chain)) throw refused('wrong-genesis', 'the genesis is of another chain');
  await mustHold(verifier, signatures, 'a founder’s signature');
  return point;
}

/** Throws unless the certificate makes the header final for this chain. */
export async function verifyFinality({ chain, trust, verifier }: Trusted, header: Header, certificate: Certificate): Promise<void> {
  if (!equal(header.chain, chain)) throw refused('wrong-chain', 'a header of another chain');
  if (header.epoch !== trust.epoch) throw refused('unsupported-version', `epoch ${header.epoch} is not followed yet`);
  await mustHold(verifier, unwrap(finalitySignatures(header, certificate, trust)), 'a signature of the certificate');
}

async function mustHold(verifier: Verifier, checks: readonly SignatureCheck[], what: string): Promise<void> {
  const verdicts = await verifier.verify(checks, 'agreement');
  if (verdicts.length !== checks.length || !verdicts.every(Boolean)) throw refused('bad-signature', `${what} is wrong`);
}

async function form<T>(answer: Answer, codec: Codec<T>, bytesMax: number): Promise<T> {
  return unwrap(decode(codec, await answer.item(bytesMax), bytesMax));
}

// ---------------------------------------------------------------- one record

/** A record of the chain as of a certified header; `undefined` if it is proved absent. `minimumHeight`: nothing older counts. */
export async function fetchStateProof<K extends RecordKind>(
  session: Session,
  options: Trusted & { readonly kind: K; readonly id: Uint8Array; readonly minimumHeight?: number },
  signal: AbortSignal,
): Promise<{ readonly header: Header; readonly record: RecordOf<K> | undefined }> {
  const { kind, id } = options;
  const asked = { type: 'state-proof', kind: RECORD_KINDS[kind].number, id } as const;
  const { header, certificate, ...proof } = await ask(session, asked, signal, (answer) => form(answer, stateProof, STATE_PROOF_BYTES_MAX));
  await verifyFinality(options, header, certificate);
  notOlderThan(options.minimumHeight ?? 0, header);
  return { header, record: unwrap(verifyRecord(header.stateRoot, kind, id, proof)) };
}

function notOlderThan(minimumHeight: number, { height }: Header): void {
  if (height < minimumHeight) throw refused('not-available', `the peer is at height ${height}, ${minimumHeight} was asked for`);
}

// ---------------------------------------------------------------- the whole state

/** The state at a certified header, of at least `minimumHeight`, with the names of its members. */
export async function fetchSnapshot(
  session: Session,
  options: Trusted & { readonly minimumHeight: number },
  signal: AbortSignal,
): Promise<LedgerSnapshot> {
  return ask(session, { type: 'snapshot' }, signal, async (answer) => {
    const head = await form(answer, snapshotHead, SNAPSHOT_HEAD_BYTES_MAX);
    await verifyFinality(options, head.header, head.certificate);
    notOlderThan(options.minimumHeight, head.header);
    const state = await readState(answer, head);
    const point = { header: head.header, id: blockIdOf(head.header), state, frontier: readFrontier(head) };
    return { point, certificate: head.certificate, names: await readNames(answer, state) };
  });
}

function readFrontier({ header, frontier: hashes }: SnapshotHead): ChainPoint['frontier'] {
  const frontier = unwrap(frontierFrom(header.logSize, hashes));
  if (!equal(frontierRoot(frontier), header.logRoot)) throw refused('bad-proof', 'the frontier is not the header’s');
  return frontier;
}

async function readState(answer: Answer, { header, buckets }: SnapshotHead): Promise<State> {
  if (!equal(unwrap(rootOfBuckets(buckets)), header.stateRoot)) throw refused('bad-proof', 'the bucket hashes are not the header’s');
  const entries: StateEntry[] = [];
  for (let next = 0; next < BUCKETS; ) {
    const group = await form(answer, snapshotBuckets, SYNC_ITEM_BYTES_MAX);
    if (group.first !== next) throw refused('bad-proof', `buckets from ${group.first}, ${next} comes next`);
    for (const bucket of group.buckets) {
      const expected = buckets[next++];
      if (expected === undefined) throw refused('bad-proof', `over ${BUCKETS} buckets`);
      entries.push(...unwrap(readBucket(bucket, expected)));
    }
  }
  const state = State.ofEntries(entries);
  if (!equal(state.root, header.stateRoot)) throw refused('bad-proof', 'the records are not in their buckets');
  return state;
}

/** Bodies that members' records name, each at most once, so that there is an end to them. */
async function readNames(answer: Answer, state: State): Promise<readonly Uint8Array[]> {
  const wanted = new Set<string>();
  for (const { value } of state.all('member')) wanted.add(toHex(value.name.hash));
  const names: Uint8Array[] = [];
  for (;;) {
    const item = await answer.next(NAMES_BYTES_MAX);
    if (item === undefined) return names;
    const some = unwrap(decode(snapshotNames, item, NAMES_BYTES_MAX));
    if (some.length === 0) throw refused('malformed', 'a group of no names');
    for (const body of some) {
      if (!wanted.delete(toHex(bodyHash(body)))) throw refused('body-mismatch', 'a body that no member’s record names');
      names.push(concat(body));
    }
  }
}
