/**
 * What a change or a request would do if it took effect now (DESIGN §5: before a vote the screen shows its consequence). The
 * very transition that would make it is taken on a draft that nobody keeps, so that a preview never differs from the deed.
 */
import { toHex } from '../base/bytes.ts';
import type { Hash } from '../base/hash.ts';
import { asPublicKey } from '../base/key.ts';
import { invariant, type Refusal } from '../base/result.ts';
import type { Change } from '../codec/governance.ts';
import { memberIdOf, type RequestRecord } from '../codec/records.ts';
import { faultsTolerated, quorumOf } from '../policy/quorum.ts';
import { agendaOf } from './agenda.ts';
import { changeProblem, takeEffect } from './changes/governed.ts';
import { grantingProblem } from './checks/asking.ts';
import type { BlockFacts } from './checks/check.ts';
import { censusOf, trustSetOf } from './facts.ts';
import { activeFederation } from './federation.ts';
import { type State, StateDraft, type StateReader } from './state.ts';
import { grantRequest } from './transitions/grant-request.ts';

/** Who decides and attests, at one moment. */
export interface Balance {
  readonly members: number;
  /** Those of the federation who are not suspended. */
  readonly federation: number;
  readonly validators: number;
  /** Validators that must agree on each block. */
  readonly quorum: number;
  /** Validators that may fail in any way while all goes on. */
  readonly faultsTolerated: number;
}

export interface Consequence {
  readonly before: Balance;
  /** As before where there is a problem. Who would be granted a seat is counted as if it were ready. */
  readonly after: Balance;
  /** Members to whom it happens; the one who would join among them. */
  readonly affected: readonly Hash[];
  /** Why it could not take effect as things are. */
  readonly problem: Refusal | undefined;
}

/** What a change would do in a block with these facts on this state. */
export function consequenceOfChange(state: State, facts: BlockFacts, change: Change): Consequence {
  const problem = changeProblem({ ...facts, state }, change);
  return preview(state, membersIn(change), problem, (draft) => takeEffect({ ...facts, draft }, change));
}

/** What granting a request would do; for a knock, the request that it would open (`requestOfKnock`). */
export function consequenceOfRequest(state: State, facts: BlockFacts, id: Hash, request: RequestRecord): Consequence {
  const key = asPublicKey(request.subject);
  invariant(key !== undefined, 'the subject of a request has 32 bytes');
  const who = request.kind === 'role' ? request.subject : memberIdOf(facts.chain, key);
  const problem = grantingProblem(state, request);
  return preview(state, [who], problem, (draft) => grantRequest({ ...facts, draft }, id, request));
}

function preview(state: State, affected: readonly Hash[], problem: Refusal | undefined, effect: (draft: StateDraft) => void): Consequence {
  const before = balanceOf(state, 0);
  if (problem !== undefined) return { before, after: before, affected, problem };
  const draft = new StateDraft(state);
  effect(draft);
  return { before, after: balanceOf(draft, newCandidates(state, draft)), affected, problem };
}

function balanceOf(state: StateReader, candidates: number): Balance {
  const validators = trustSetOf(state).seats.length + candidates;
  const { members } = censusOf(state);
  const federation = activeFederation(state);
  return { members, federation, validators, quorum: quorumOf(validators), faultsTolerated: faultsTolerated(validators) };
}

function newCandidates(before: StateReader, after: StateReader): number {
  const waited = new Set(agendaOf(before).candidates.map(toHex));
  return agendaOf(after).candidates.filter((id) => !waited.has(toHex(id))).length;
}

function membersIn(change: Change): readonly Hash[] {
  switch (change.type) {
    case 'grant':
    case 'withdraw':
    case 'endpoints':
      return [change.member];
    case 'remove':
    case 'suspend':
      return change.members;
    case 'rules':
    case 'activate':
    case 'erase':
    case 'recovery-keys':
    case 'cancel-recovery':
      return [];
  }
}
