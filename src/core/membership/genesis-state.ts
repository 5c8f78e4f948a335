/** From a genesis to the first state, the first trust set and header 0: what every node works out for itself. */
import { compare } from '../base/bytes.ts';
import { asHash, HASH_BYTES, type Hash } from '../base/hash.ts';
import { invariant, ok, type Result } from '../base/result.ts';
import type { Header } from '../codec/block.ts';
import { chainIdOf, encodeSignedGenesis, type Founder, type Genesis, type SignedGenesis } from '../codec/genesis.ts';
import { ROLES } from '../codec/primitives.ts';
import { memberIdOf, type Seat, type TrustSet, trustSetDigest } from '../codec/records.ts';
import { leafHash } from '../log/merkle-hash.ts';
import { ALL_ROLES_MASK } from './facts.ts';
import { genesisProblem } from './genesis-checks.ts';
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
  const leaf = encodeSignedGenesis(signed);
  const refusal = genesisProblem(signed, leaf);
  if (refusal !== undefined) return { ok: false, refusal };
  const chain = chainIdOf(genesis);
  const trust = firstTrustSet(chain, genesis);
  const state = firstState(chain, genesis, trust);
  return ok({ chain, state, trust, leaf, header: headerZero(chain, genesis, state, trust, leaf) });
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
    invitations: 0,
    left: false,
  });
  draft.put('device', node, { member: id, sequence: 0, roleMask: ALL_ROLES_MASK, added: time });
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
