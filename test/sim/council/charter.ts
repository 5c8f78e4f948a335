/** A chain that begins with several validators: its genesis, the certificate of header 0, and what each founder's disk holds. */
import { toHex, utf8 } from '../../../src/core/base/bytes.ts';
import { plainSha256 } from '../../../src/core/base/hash.ts';
import { nextKeyDigest } from '../../../src/core/base/key.ts';
import { MINUTE_MS } from '../../../src/core/base/limits.ts';
import { unwrap } from '../../../src/core/base/result.ts';
import { blockIdOf } from '../../../src/core/codec/block.ts';
import { bodyRefOf } from '../../../src/core/codec/body.ts';
import { type Founder, type Genesis, genesisSignedText, PROTOCOL_VERSION } from '../../../src/core/codec/genesis.ts';
import type { Role } from '../../../src/core/codec/primitives.ts';
import { recoveryKeyDigest } from '../../../src/core/codec/recovery.ts';
import { type VoteSubject, voteSignedText } from '../../../src/core/codec/vote.ts';
import { assembleCertificate } from '../../../src/core/consensus/certificate.ts';
import { type GenesisState, genesisState } from '../../../src/core/membership/genesis-state.ts';
import { asVerified } from '../../../src/core/membership/verified.ts';
import { membersApproveRules, openLinkRules } from '../../../src/core/policy/templates.ts';
import { chainSpaceName, type FoundedChain } from '../../../src/node/founding.ts';
import { Ledger } from '../../../src/node/ledger.ts';
import { newOwnRow, writeOwn } from '../../../src/node/own-row.ts';
import type { KeyStore, Signer, Store } from '../../../src/node/ports.ts';
import { textBody } from '../../support/chain.ts';
import type { Chance } from '../chance.ts';

const NAME = 'Garden club';
const SEED_BYTES = 32;
/** Days, in life. */
const RECOVERY_DELAY_MS = MINUTE_MS;
const KINDS = ['node', 'vote', 'note'] as const;

export interface Founding {
  readonly name: string;
  readonly roles: readonly Role[];
  readonly seeds: { readonly [K in (typeof KINDS)[number]]: Uint8Array };
  readonly signers: { readonly [K in (typeof KINDS)[number]]: Signer };
}

export interface Charter {
  readonly founders: readonly Founding[];
  /** One key recovers the chain. */
  readonly recoveryKey: Signer;
  readonly founded: FoundedChain;
  readonly first: GenesisState;
}

export interface CharterOptions {
  readonly names: readonly string[];
  /** How many of them, from the first on, are in the federation. */
  readonly federation: number;
  /** Approvals that a newcomer needs; 0: a link is enough. */
  readonly approvals: number;
  readonly now: number;
  readonly chance: Chance;
  readonly signer: (seed: Uint8Array) => Signer;
}

export async function charterOf({ names, federation, approvals, now, chance, signer }: CharterOptions): Promise<Charter> {
  const founders = names.map((name, i): Founding => {
    const seeds = { node: chance.bytes(SEED_BYTES), vote: chance.bytes(SEED_BYTES), note: chance.bytes(SEED_BYTES) };
    const signers = { node: signer(seeds.node), vote: signer(seeds.vote), note: signer(seeds.note) };
    return { name, roles: [i < federation ? 'federation' : 'writer', 'validator'], seeds, signers };
  });
  const recoveryKey = signer(chance.bytes(SEED_BYTES));
  const genesis: Genesis = {
    version: 1,
    name: NAME,
    time: now,
    salt: plainSha256(chance.bytes(SEED_BYTES)),
    protocol: PROTOCOL_VERSION,
    founders: founders.map((one) => founderOf(one, signer(chance.bytes(SEED_BYTES)))),
    rules: approvals === 0 ? openLinkRules() : membersApproveRules(approvals),
    recovery: { threshold: 1, delayMs: RECOVERY_DELAY_MS, keys: [recoveryKeyDigest(recoveryKey.publicKey)] },
  };
  const text = genesisSignedText(genesis);
  const signatures = await Promise.all(founders.map(({ signers }) => signers.node.sign(text)));
  const first = unwrap(genesisState(asVerified({ genesis, signatures })));
  const founded = {
    genesisLeaf: first.leaf,
    certificate: await firstCertificate(first, founders),
    bodies: founders.map(({ name }) => textBody(name)),
    chain: first.chain,
  };
  return { founders, founded, first, recoveryKey };
}

function founderOf({ name, roles, signers: { node, vote, note } }: Founding, next: Signer): Founder {
  return {
    node: node.publicKey,
    roles: [...roles],
    name: bodyRefOf(textBody(name)),
    nextKey: nextKeyDigest(next.publicKey),
    keys: { vote: vote.publicKey, note: note.publicKey },
    endpoints: [utf8(`/memory/${name}/p2p/${name}`)],
  };
}

async function firstCertificate({ chain, header, trust }: GenesisState, founders: readonly Founding[]) {
  const subject: VoteSubject = { kind: 'finalize', chain, epoch: 0, view: 0, block: blockIdOf(header) };
  const text = voteSignedText(subject);
  const votes = trust.seats.map(async (seat, i) => {
    const founder = founders.find(({ signers }) => toHex(signers.vote.publicKey) === toHex(seat.vote));
    if (founder === undefined) throw new Error('a founder has each seat');
    return { subject, seat: i, signature: await founder.signers.vote.sign(text) };
  });
  return assembleCertificate(subject, await Promise.all(votes));
}

/** What a founder's device holds when the chain begins. */
export async function layDown(charter: Charter, name: string, store: Store, keys: KeyStore): Promise<void> {
  const founder = charter.founders.find((one) => one.name === name);
  if (founder === undefined) return;
  const { founded } = charter;
  for (const kind of KINDS) await keys.adopt(`${toHex(founded.chain)}/${kind}`, founder.seeds[kind]);
  const space = await store.space(chainSpaceName(founded.chain));
  await Ledger.create(space, founded.genesisLeaf, founded.certificate, founded.bodies);
  await writeOwn(space, newOwnRow({ name: NAME, yourName: name, nextKeyIndex: 0, relays: [] }));
}
