/**
 * A chain for tests: real genesis, real blocks, real certificates. One founder, who is federation member and validator,
 * and whoever joins later. Everything comes from the seed, signatures included.
 */
import { utf8 } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { nextKeyDigest, publicKeyOf, signWithSeed } from '../../src/core/base/key.ts';
import { bodyRefOf, encodeBody, TEXT_CONTENT_TYPE } from '../../src/core/codec/body.ts';
import { encodeSignedGenesis, type Genesis, genesisSignedText, PROTOCOL_VERSION } from '../../src/core/codec/genesis.ts';
import type { Rules } from '../../src/core/codec/rules.ts';
import {
  type Action,
  assembleTransaction,
  encodeUnsigned,
  invitationIdOf,
  joinCosignedText,
  type Transaction,
  transactionSignedText,
} from '../../src/core/codec/transaction.ts';
import { type Certificate, type VoteSubject, voteSignedText } from '../../src/core/codec/vote.ts';
import { assembleCertificate } from '../../src/core/consensus/certificate.ts';
import { buildBlock, type ChainPoint } from '../../src/core/consensus/execute.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import type { CommittedBlock } from '../../src/node/committed-block.ts';
import { Ledger } from '../../src/node/ledger.ts';
import { genesisPoint } from '../../src/node/ledger-base.ts';
import { memorySigner } from '../../src/node/memory-keys.ts';
import type { Signer, Space, Verifier } from '../../src/node/ports.ts';
import { fakeSigner, fakeVerifier, webCryptoVerifier } from '../../src/node/verifier.ts';

export const TEST_GENESIS_TIME = 1_780_000_000_000;
const HOUR_MS = 3_600_000;

/** One who writes: its node key and how many actions it has signed. */
export interface TestWriter {
  readonly signer: Signer;
  readonly name: string;
  sequence: number;
}

/** A transaction with its bodies, in the order of `bodiesOf`. */
export interface TestAction {
  readonly transaction: Transaction;
  readonly bodies: readonly Uint8Array[];
}

export interface TestChainOptions {
  /** Tells chains apart; the same seed gives the same bytes. */
  readonly seed?: number;
  readonly name?: string;
  readonly rules?: Rules;
  /** `fake`: `fakeSigner` and `fakeVerifier`, some thousand times faster. */
  readonly signatures?: 'ed25519' | 'fake';
}

function seedOf(...parts: readonly (string | number)[]): Hash {
  return plainSha256(utf8(parts.join('/')));
}

/** A body of text with a salt that follows from the text. */
export function textBody(text: string): Uint8Array {
  return encodeBody({ salt: seedOf('salt', text), contentType: TEXT_CONTENT_TYPE, content: utf8(text) });
}

export class TestChain {
  readonly genesis: Genesis;
  readonly genesisLeaf: Uint8Array;
  readonly genesisCertificate: Certificate;
  readonly genesisBodies: readonly Uint8Array[];
  readonly founder: TestWriter;
  readonly vote: Signer;
  /** Signs checkpoints, for real whatever the other signatures are. */
  readonly note: Signer;
  readonly verifier: Verifier;
  readonly #fake: boolean;
  readonly #seed: number;
  #tip: ChainPoint;
  #certificate: Certificate;

  private constructor(
    options: TestChainOptions,
    made: Pick<TestChain, 'genesis' | 'genesisLeaf' | 'genesisBodies' | 'founder' | 'vote'>,
    certificate: Certificate,
  ) {
    this.genesis = made.genesis;
    this.genesisLeaf = made.genesisLeaf;
    this.genesisBodies = made.genesisBodies;
    this.founder = made.founder;
    this.vote = made.vote;
    this.note = memorySigner(seedOf('key', 'note', options.seed ?? 0));
    this.genesisCertificate = certificate;
    this.#fake = options.signatures === 'fake';
    this.#seed = options.seed ?? 0;
    this.verifier = this.#fake ? fakeVerifier() : webCryptoVerifier();
    this.#tip = genesisPoint(made.genesisLeaf);
    this.#certificate = certificate;
  }

  static async create(options: TestChainOptions = {}): Promise<TestChain> {
    const seed = options.seed ?? 0;
    const fake = options.signatures === 'fake';
    const signer = (what: string) => testSigner(seedOf('key', what, seed), fake);
    const [node, vote, note] = [signer('founder'), signer('vote'), signer('note')];
    const name = textBody('Alice');
    const genesis: Genesis = {
      version: 1,
      name: options.name ?? 'Test chain',
      time: TEST_GENESIS_TIME,
      salt: seedOf('genesis', seed),
      protocol: PROTOCOL_VERSION,
      founders: [
        {
          node: node.publicKey,
          roles: ['federation', 'validator'],
          name: bodyRefOf(name),
          nextKey: nextKeyDigest(signer('next').publicKey),
          keys: { vote: vote.publicKey, note: note.publicKey },
          endpoints: [],
        },
      ],
      rules: options.rules ?? openLinkRules(),
      recovery: { threshold: 0, delayMs: 0, keys: [] },
    };
    const genesisLeaf = encodeSignedGenesis({ genesis, signatures: [await node.sign(genesisSignedText(genesis))] });
    const founder = { signer: node, name: 'Alice', sequence: 0 };
    const first = genesisPoint(genesisLeaf);
    const certificate = await certify(vote, first);
    return new TestChain(options, { genesis, genesisLeaf, genesisBodies: [name], founder, vote }, certificate);
  }

  get id(): Hash {
    return this.#tip.header.chain;
  }
  get tip(): ChainPoint {
    return this.#tip;
  }
  get certificate(): Certificate {
    return this.#certificate;
  }
  /** Milliseconds, the time of the next block. */
  get now(): number {
    return this.#tip.header.time + 1000;
  }

  /** A ledger of the chain as it is at its genesis. */
  createLedger(space: Space): Promise<Ledger> {
    return Ledger.create(space, this.genesisLeaf, this.genesisCertificate, this.genesisBodies);
  }

  async sign(writer: TestWriter, action: Action, bodies: readonly Uint8Array[] = [], inviteSeed?: Uint8Array): Promise<TestAction> {
    writer.sequence += 1;
    const unsigned = {
      version: 1 as const,
      chain: this.id,
      sender: writer.signer.publicKey,
      sequence: writer.sequence,
      expiry: this.now + HOUR_MS,
      action,
    };
    const bytes = encodeUnsigned(unsigned);
    const signatures = [await writer.signer.sign(transactionSignedText(bytes))];
    if (inviteSeed !== undefined) signatures.push(await this.#signAs(inviteSeed, joinCosignedText(bytes)));
    return { transaction: assembleTransaction(unsigned, signatures), bodies };
  }

  #signAs(seed: Uint8Array, message: Uint8Array) {
    return this.#fake ? fakeSigner(publicKeyOf(seed)).sign(message) : Promise.resolve(signWithSeed(seed, message));
  }

  entry(text: string, writer: TestWriter = this.founder): Promise<TestAction> {
    const body = textBody(text);
    return this.sign(writer, { type: 'entry', body: bodyRefOf(body) }, [body]);
  }

  /** An invitation by the founder, and the seed that its link carries. */
  async invite(
    name: string,
    options: { readonly uses?: number; readonly role?: 'writer' | 'observer' } = {},
  ): Promise<TestAction & { readonly seed: Uint8Array; readonly invitation: Hash }> {
    const seed = seedOf('invite', name, this.#seed);
    const key = publicKeyOf(seed);
    const { uses = 1, role = 'writer' } = options;
    const made = await this.sign(this.founder, { type: 'invite', key, role, uses, expiry: this.now + 24 * HOUR_MS, shared: true });
    return { ...made, seed, invitation: invitationIdOf(this.id, key) };
  }

  /** A join by somebody new, through an invitation that is final. */
  async join(
    name: string,
    invitation: { readonly seed: Uint8Array; readonly invitation: Hash },
  ): Promise<TestAction & { readonly writer: TestWriter }> {
    const writer = { signer: testSigner(seedOf('member', name, this.#seed), this.#fake), name, sequence: 0 };
    const body = textBody(name);
    const nextKey = nextKeyDigest(publicKeyOf(seedOf('next', name, this.#seed)));
    const action = { type: 'join', invitation: invitation.invitation, name: bodyRefOf(body), nextKey, operator: undefined } as const;
    return { ...(await this.sign(writer, action, [body], invitation.seed)), writer };
  }

  /** The next block, with all of these in it; the chain moves on. Throws if one of them has no place in it. */
  async block(actions: readonly TestAction[]): Promise<CommittedBlock> {
    const proposal = { view: this.#tip.header.height + 1, time: this.now, proposerSeat: 0, parentSigners: this.#certificate.signers };
    const built = buildBlock(
      this.#tip,
      proposal,
      actions.map(({ transaction }) => asVerified(transaction)),
    );
    const [refusal] = built.refused;
    if (refusal !== undefined) throw new Error(`${refusal.refusal.code}: ${refusal.refusal.detail}`);
    if (built.included.length !== actions.length) throw new Error('the block has no room for all of it');
    const certificate = await certify(this.vote, built.point);
    this.#tip = built.point;
    this.#certificate = certificate;
    return { point: built.point, transactions: built.included, bodies: actions.map(({ bodies }) => bodies), certificate };
  }

  /** A block of entries by the founder, with these texts. */
  async entries(...texts: readonly string[]): Promise<CommittedBlock> {
    const actions: TestAction[] = [];
    for (const text of texts) actions.push(await this.entry(text));
    return this.block(actions);
  }
}

/** A signer from a 32-byte seed. The keys of both kinds are the same, since only sound keys are admitted. */
export function testSigner(seed: Uint8Array, fake: boolean): Signer {
  return fake ? fakeSigner(publicKeyOf(seed)) : memorySigner(seed);
}

/** A finalization of the point by the only validator. */
export async function certify(vote: Signer, { header, id }: ChainPoint): Promise<Certificate> {
  const subject: VoteSubject = { kind: 'finalize', chain: header.chain, epoch: header.epoch, view: header.view, block: id };
  return assembleCertificate(subject, [{ subject, seat: 0, signature: await vote.sign(voteSignedText(subject)) }]);
}

/** A chain and a ledger that holds all of it: so many blocks of so many entries each, and a member for each name. */
export async function grownChain(
  space: Space,
  options: TestChainOptions & {
    readonly blocks: number;
    readonly entriesPerBlock: number;
    readonly members?: readonly string[];
    readonly entryBytes?: number;
  },
): Promise<{ readonly chain: TestChain; readonly ledger: Ledger }> {
  const chain = await TestChain.create(options);
  const ledger = await chain.createLedger(space);
  for (const name of options.members ?? []) {
    const invited = await chain.invite(name);
    await ledger.commit(await chain.block([invited]));
    await ledger.commit(await chain.block([await chain.join(name, invited)]));
  }
  for (let block = 0; block < options.blocks; block++) {
    const texts = Array.from({ length: options.entriesPerBlock }, (_, i) => `${block}/${i} `.padEnd(options.entryBytes ?? 0, 'x'));
    await ledger.commit(await chain.entries(...texts));
  }
  return { chain, ledger };
}
