/**
 * How fast the membership state machine takes transactions, how long a block's state root takes, how large a snapshot is
 * and how long a newcomer needs to check it. The transactions are made first, in the order in which a crowd of members
 * would; what is measured is their application anew, from the genesis on, to the same root.
 */
import { equal } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import type { Signature } from '../../src/core/base/key.ts';
import { BLOCK_TRANSACTIONS_MAX, SECOND_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decode, encode } from '../../src/core/codec/codec.ts';
import { storedBucket } from '../../src/core/codec/sync-message.ts';
import type { Transaction } from '../../src/core/codec/transaction.ts';
import { applyTransaction, type BlockFacts, beginBlock, endBlock } from '../../src/core/membership/apply.ts';
import { censusOf } from '../../src/core/membership/facts.ts';
import { genesisState } from '../../src/core/membership/genesis-state.ts';
import { readBucket, rootOfBuckets, storeBucket } from '../../src/core/membership/proof.ts';
import { BUCKETS, State } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { type ActKind, Crowd, type CrowdAct } from './crowd.ts';
import { type Machine, machine } from './machine.ts';
import { median, percentile, rounded } from './statistics.ts';

const SEED = 1;
/** Between two blocks. */
const BLOCK_MS = SECOND_MS;
/** Blocks of one transaction whose root is timed. */
const SMALL_BLOCKS = 50;
const SNAPSHOT_RUNS = 5;
const BUCKET_BYTES_MAX = 16 * 1024 * 1024;

export interface Times {
  readonly median: number;
  readonly p95: number;
}

export interface StateReport {
  readonly bench: 'state';
  readonly machine: Machine;
  /** On the chain before the first measured transaction. */
  readonly members: number;
  readonly membersAfter: number;
  readonly transactions: number;
  readonly kinds: Readonly<Partial<Record<ActKind, number>>>;
  /** Made against the state as it was, and refused all the same: in no block and not counted. */
  readonly refused: number;
  readonly blocks: number;
  /** Applied anew from the genesis, the transactions came to the same state root. */
  readonly verified: true;
  /** Blocks as a whole: transactions, what time changes, and the root. */
  readonly transactionsPerSecond: number;
  readonly applyMicroseconds: number;
  /** From the last transaction of a full block to its state root. */
  readonly rootMs: Times;
  /** The same for a block of one transaction. */
  readonly smallRootMs: Times;
  /** Every record and bucket hashed from nothing, over the root of a block of one. */
  readonly rootRatio: number;
  readonly snapshot: SnapshotFigures;
}

export interface SnapshotFigures {
  readonly bytes: number;
  readonly records: number;
  readonly bytesPerMember: number;
  readonly makeMs: number;
  /** From bytes to a state of the certified root. */
  readonly verifyMs: number;
  /** Plain SHA-256 over the same bytes. */
  readonly hashMs: number;
  /** Verification over the plain hash. */
  readonly ratio: number;
}

export interface StateOptions {
  readonly transactions: number;
  readonly members: number;
  readonly log: (line: string) => void;
}

export function benchState({ transactions, members, log }: StateOptions): StateReport {
  const crowd = new Crowd(SEED);
  log(`${members} members join, and ${transactions} transactions are made`);
  const made = make(crowd, members, transactions);
  log(`Applying them anew in ${made.blocks.length} blocks`);
  const before = replay(first(crowd), made.arrivals).state;
  const run = replay(before, made.blocks);
  if (!equal(run.state.root, made.root)) throw new Error('the same transactions came to another state root');
  const small = smallRoots(crowd, run.state, made.blocks.length);
  const snapshot = measureSnapshot(run.state);
  const seconds = run.seconds.reduce((total, one) => total + one, 0);
  const after = censusOf(run.state).members;
  return {
    bench: 'state',
    machine: machine(),
    members: censusOf(before).members,
    membersAfter: after,
    transactions: run.applied,
    kinds: made.kinds,
    refused: made.refused,
    blocks: made.blocks.length,
    verified: true,
    transactionsPerSecond: Math.round(run.applied / seconds),
    applyMicroseconds: rounded((run.applySeconds / run.applied) * 1e6, 1),
    rootMs: times(run.rootsMs),
    smallRootMs: times(small),
    rootRatio: rounded(wholeRootMs(run.state) / median(small), 1),
    snapshot: { ...snapshot, bytesPerMember: Math.round(snapshot.bytes / after) },
  };
}

function first(crowd: Crowd): State {
  const { genesis } = crowd;
  const signatures = genesis.founders.map(() => new Uint8Array(64) as Signature);
  return unwrap(genesisState(asVerified({ genesis, signatures }))).state;
}

// ---------------------------------------------------------------- making

/** A block's transactions, with what the block gives them. */
interface Block {
  readonly facts: BlockFacts;
  readonly firstLeaf: number;
  readonly transactions: readonly Transaction[];
}

interface Made {
  readonly arrivals: readonly Block[];
  readonly blocks: readonly Block[];
  readonly kinds: Readonly<Partial<Record<ActKind, number>>>;
  readonly refused: number;
  readonly root: Hash;
}

/** Has the crowd arrive and act until so many transactions took effect. */
function make(crowd: Crowd, members: number, transactions: number): Made {
  const maker = new Maker(crowd);
  const arrivals = crowd.arrive(members, maker.facts.time);
  while (maker.block(() => arrivals.next().value ?? undefined) > 0);
  const arrived = maker.blocks.splice(0);
  maker.kinds.clear();
  let left = transactions;
  while (left > 0) {
    let room = left;
    left -= maker.block((state) => (room-- > 0 ? crowd.next(state, maker.facts.time) : undefined));
  }
  return {
    arrivals: arrived,
    blocks: maker.blocks,
    kinds: Object.fromEntries(maker.kinds),
    refused: maker.refused,
    root: maker.state.root,
  };
}

class Maker {
  readonly blocks: Block[] = [];
  readonly kinds = new Map<ActKind, number>();
  refused = 0;
  state: State;
  facts: BlockFacts;
  #leaf = 1;

  constructor(crowd: Crowd) {
    this.state = first(crowd);
    this.facts = { chain: crowd.chain, time: crowd.genesis.time + BLOCK_MS, height: 1, parent: crowd.chain };
  }

  /** Makes one block of what `act` gives until there is no more or the block is full; gives how many took effect. */
  block(act: (state: ReturnType<typeof beginBlock>) => CrowdAct | undefined): number {
    const { facts } = this;
    const draft = beginBlock(this.state, facts);
    const transactions: Transaction[] = [];
    while (transactions.length < BLOCK_TRANSACTIONS_MAX) {
      const made = act(draft);
      if (made === undefined) break;
      const refusal = applyTransaction(draft, facts, this.#leaf + transactions.length, asVerified(made.transaction));
      if (refusal !== undefined) {
        this.refused += 1;
        continue;
      }
      made.done();
      this.kinds.set(made.kind, (this.kinds.get(made.kind) ?? 0) + 1);
      transactions.push(made.transaction);
    }
    endBlock(draft, facts);
    this.state = draft.freeze();
    this.blocks.push({ facts, firstLeaf: this.#leaf, transactions });
    this.#leaf += transactions.length;
    this.facts = { ...facts, time: facts.time + BLOCK_MS, height: facts.height + 1, parent: this.state.root };
    return transactions.length;
  }
}

// ---------------------------------------------------------------- measuring

interface Run {
  readonly state: State;
  readonly applied: number;
  /** Of each block as a whole. */
  readonly seconds: readonly number[];
  readonly applySeconds: number;
  readonly rootsMs: readonly number[];
}

function replay(from: State, blocks: readonly Block[]): Run {
  let state = from;
  const seconds: number[] = [];
  const rootsMs: number[] = [];
  let applySeconds = 0;
  let applied = 0;
  for (const block of blocks) {
    const began = performance.now();
    const draft = applyBlock(state, block);
    const done = performance.now();
    state = draft.freeze();
    const ended = performance.now();
    seconds.push((ended - began) / 1000);
    applySeconds += (done - began) / 1000;
    if (block.transactions.length === BLOCK_TRANSACTIONS_MAX || blocks.length === 1) rootsMs.push(ended - done);
    applied += block.transactions.length;
  }
  return { state, applied, seconds, applySeconds, rootsMs };
}

function applyBlock(state: State, { facts, firstLeaf, transactions }: Block): ReturnType<typeof beginBlock> {
  const draft = beginBlock(state, facts);
  transactions.forEach((transaction, i) => {
    const refusal = applyTransaction(draft, facts, firstLeaf + i, asVerified(transaction));
    if (refusal !== undefined) throw new Error(`refused when applied anew: ${refusal.code}: ${refusal.detail}`);
  });
  endBlock(draft, facts);
  return draft;
}

/** How long the root of blocks of one transaction takes, each on this state. */
function smallRoots(crowd: Crowd, state: State, height: number): readonly number[] {
  const facts = { chain: crowd.chain, time: crowd.genesis.time + (height + 100) * BLOCK_MS, height: height + 100, parent: crowd.chain };
  const roots: number[] = [];
  while (roots.length < SMALL_BLOCKS) {
    const draft = beginBlock(state, facts);
    const { transaction } = crowd.next(draft, facts.time);
    if (applyTransaction(draft, facts, 1, asVerified(transaction)) !== undefined) continue;
    endBlock(draft, facts);
    const began = performance.now();
    draft.freeze();
    roots.push(performance.now() - began);
  }
  return roots;
}

/** Every record and every bucket hashed from nothing. */
function wholeRootMs(state: State): number {
  const entries = storeAll(state).flatMap((bytes) => unwrap(readBucket(unwrap(decode(storedBucket, bytes, BUCKET_BYTES_MAX)), undefined)));
  const began = performance.now();
  const root = State.ofEntries(entries).root;
  const ended = performance.now();
  if (!equal(root, state.root)) throw new Error('the same records came to another root');
  return ended - began;
}

function storeAll(state: State): readonly Uint8Array[] {
  return Array.from({ length: BUCKETS }, (_, index) => encode(storedBucket, storeBucket(state, index)));
}

function measureSnapshot(state: State): Omit<SnapshotFigures, 'bytesPerMember'> {
  const [makeMs, verifyMs, hashMs]: [number[], number[], number[]] = [[], [], []];
  let bytes = 0;
  for (let run = 0; run < SNAPSHOT_RUNS; run++) {
    const began = performance.now();
    const buckets = storeAll(state);
    const made = performance.now();
    verifySnapshot(buckets, state.bucketHashes(), state.root);
    const verified = performance.now();
    for (const bucket of buckets) plainSha256(bucket);
    const hashed = performance.now();
    bytes = buckets.reduce((total, bucket) => total + bucket.length, 0);
    makeMs.push(made - began);
    verifyMs.push(verified - made);
    hashMs.push(hashed - verified);
  }
  const records = Array.from({ length: BUCKETS }, (_, i) => state.bucketRows(i).length).reduce((total, one) => total + one, 0);
  const [make, verify, hash] = [median(makeMs), median(verifyMs), median(hashMs)];
  const figures = { makeMs: rounded(make, 1), verifyMs: rounded(verify, 1), hashMs: rounded(hash, 1) };
  return { bytes, records, ...figures, ratio: rounded(verify / hash, 1) };
}

/** What a newcomer does with a snapshot, its certificate's signatures apart. Throws if it is not of this root. */
function verifySnapshot(buckets: readonly Uint8Array[], hashes: readonly Hash[], root: Hash): void {
  if (!equal(unwrap(rootOfBuckets(hashes)), root)) throw new Error('the bucket hashes are of another root');
  const entries = buckets.flatMap((bytes, i) => unwrap(readBucket(unwrap(decode(storedBucket, bytes, BUCKET_BYTES_MAX)), hashes[i])));
  if (!equal(State.ofEntries(entries).root, root)) throw new Error('the records are of another root');
}

function times(all: readonly number[]): Times {
  return { median: rounded(median(all), 2), p95: rounded(percentile(all, 0.95), 2) };
}
