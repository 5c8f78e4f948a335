/** From a genesis to the first state, the first trust set and header 0: what every node works out for itself. */
import { compare, toHex } from '../base/bytes.ts';
import { asHash, type Hash, HASH_BYTES } from '../base/hash.ts';
import { isAdmissibleKey } from '../base/key.ts';
import { invariant, ok, type Refusal, type Result } from '../base/result.ts';
import type { Header } from '../codec/block.ts';
import { chainIdOf, encodeSignedGenesis, type Founder, type Genesis, type SignedGenesis } from '../codec/genesis.ts';
import { ROLES } from '../codec/primitives.ts';
import { memberIdOf, type Seat, type TrustSet, trustSetDigest } from '../codec/records.ts';
import { leafHash } from '../log/merkle-hash.ts';
import { SINGLETON, State, StateDraft } from './state.ts';
import type { Verified } from './verified.ts';

export interface GenesisState {
  readonly chain: Hash;
  readonly state: State;
  readonly trust: TrustSet;
  readonly header: Header;
  /** Leaf 0 of the log. */
  readonly leaf: Uint8Array;
}

/** The state after leaf 0, or why the genesis founds no chain. */
export function genesisState(signed: Verified<SignedGenesis>): Result<GenesisState> {
  const { genesis } = signed;
  const refusal = genesisProblem(genesis);
  if (refusal !== undefined) return { ok: false, refusal };
  const chain = chainIdOf(genesis);
  const trust = firstTrustSet(chain, genesis);
  const state = firstState(chain, genesis, trust);
  const leaf = encodeSignedGenesis(signed);
  return ok({ chain, state, trust, leaf, header: headerZero(chain, genesis, state, trust, leaf) });
}

function no(detail: string): Refusal {
  return { code: 'wrong-genesis', detail };
}

function genesisProblem({ founders, rules, time, name }: Genesis): Refusal | undefined {
  if (name.trim() === '') return no('the chain has no name');
  if (time === 0) return no('the genesis has no time');
  const keys = founders.map(({ node }) => node);
  if (!keys.every(isAdmissibleKey)) return no('a founder’s key is not a sound Ed25519 key');
  if (new Set(keys.map(toHex)).size !== keys.length) return no('two founders share a key');
  const problem = founders.map(founderProblem).find((one) => one !== undefined);
  if (problem !== undefined) return problem;
  if (!founders.some(({ roles }) => roles.includes('validator'))) return no('no founder is validator');
  const federation = founders.filter(({ roles }) => roles.includes('federation')).length;
  const needed = rules.governance.reduce((most, { approvals }) => Math.max(most, approvals), 1);
  return federation < needed ? no(`${federation} founders are federation members, the rules need ${needed}`) : undefined;
}

function founderProblem({ roles, keys }: Founder): Refusal | undefined {
  if (new Set(roles).size !== roles.length) return no('a founder has a role twice');
  const votes = roles.includes('validator');
  if (votes && roles.includes('auditor')) return no('a founder is validator and auditor at once');
  if (votes && (keys?.vote === undefined || !isAdmissibleKey(keys.vote))) return no('a validator has no sound vote key');
  if (keys !== undefined && !isAdmissibleKey(keys.note)) return no('a note key is not a sound Ed25519 key');
  return undefined;
}

function firstTrustSet(chain: Hash, { founders, rules, protocol, time }: Genesis): TrustSet {
  const seats = founders.flatMap(({ node, roles, keys }): Seat[] =>
    roles.includes('validator') && keys?.vote !== undefined
      ? [{ member: memberIdOf(chain, node), node, vote: keys.vote, note: keys.note, software: [protocol], ready: time }]
      : [],
  );
  const auditors = founders.flatMap(({ node, roles, keys }) =>
    roles.includes('auditor') && keys !== undefined ? [{ member: memberIdOf(chain, node), note: keys.note }] : [],
  );
  return {
    epoch: 0,
    base: chain,
    seats: seats.sort((a, b) => compare(a.node, b.node)),
    auditors,
    auditorsQuorum: Math.min(rules.auditorsQuorum, auditors.length),
  };
}

function firstState(chain: Hash, genesis: Genesis, trust: TrustSet): State {
  const draft = new StateDraft(State.empty());
  draft.put('chain', SINGLETON, { version: 1, protocol: genesis.protocol, genesisTime: genesis.time, epoch: 0 });
  draft.put('rules', SINGLETON, genesis.rules);
  draft.put('trust', SINGLETON, trust);
  for (const founder of genesis.founders) putFounder(draft, chain, genesis.time, founder);
  draft.put('census', SINGLETON, {
    members: genesis.founders.length,
    byRole: ROLES.map((role) => genesis.founders.filter(({ roles }) => roles.includes(role)).length),
    liveInvitations: 0,
  });
  return draft.freeze();
}

function putFounder(draft: StateDraft, chain: Hash, time: number, { node, roles, name, nextKey }: Founder): void {
  const id = memberIdOf(chain, node);
  draft.put('member', id, {
    roles,
    name,
    since: time,
    invitation: undefined,
    request: undefined,
    nextKey,
    rotations: 0,
    suspendedUntil: undefined,
    operator: undefined,
    devices: [node],
    left: false,
  });
  draft.put('device', node, { member: id, sequence: 0, roleMask: 255, added: time });
}

function headerZero(chain: Hash, genesis: Genesis, state: State, trust: TrustSet, leaf: Uint8Array): Header {
  const none = asHash(new Uint8Array(HASH_BYTES));
  invariant(none !== undefined, 'a hash has 32 bytes');
  return {
    version: 1,
    chain,
    epoch: 0,
    view: 0,
    height: 0,
    parent: none,
    time: genesis.time,
    proposerSeat: 0,
    logSize: 1,
    logRoot: leafHash(leaf),
    stateRoot: state.root,
    trust: trustSetDigest(trust),
    nextTrust: undefined,
    parentSigners: new Uint8Array(0),
  };
}
