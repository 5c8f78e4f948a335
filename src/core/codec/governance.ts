/**
 * Changes that governance makes (DESIGN §5): what a `propose` asks for, and what takes effect once enough federation
 * members have approved it. The rules of a chain set the number of approvals for each kind by its number.
 */
import { type Hash, TAGS, taggedHash } from '../base/hash.ts';
import { ENDPOINTS_MAX, PROPOSAL_MEMBERS_MAX } from '../base/limits.ts';
import { encode, type Infer, list, named, tuple, uint, variant } from './codec.ts';
import { endpoint, recovery } from './genesis.ts';
import { hash, role } from './primitives.ts';
import { rules } from './rules.ts';

/** Kinds of change by number, as `rules.governance` names them. None is ever reused. */
export const CHANGE_NUMBERS = {
  grant: 1,
  withdraw: 2,
  remove: 3,
  suspend: 4,
  rules: 5,
  activate: 6,
  endpoints: 7,
  erase: 8,
  'recovery-keys': 9,
  'cancel-recovery': 10,
} as const;
export type ChangeKind = keyof typeof CHANGE_NUMBERS;
/** In the order of their numbers. */
export const CHANGE_KINDS: readonly ChangeKind[] = [
  'grant',
  'withdraw',
  'remove',
  'suspend',
  'rules',
  'activate',
  'endpoints',
  'erase',
  'recovery-keys',
  'cancel-recovery',
];

const members = list(hash, PROPOSAL_MEMBERS_MAX, 1);

export const change = named(
  'change',
  variant({
    grant: [CHANGE_NUMBERS.grant, { member: hash, role }],
    withdraw: [CHANGE_NUMBERS.withdraw, { member: hash, role }],
    /** Of these members whoever is still here when it takes effect. */
    remove: [CHANGE_NUMBERS.remove, { members }],
    /** For as long as the rules say from when it takes effect. */
    suspend: [CHANGE_NUMBERS.suspend, { members }],
    rules: [CHANGE_NUMBERS.rules, { rules }],
    /** Protocol `version` from block `height` on, if a quorum of validators is ready for it then. */
    activate: [CHANGE_NUMBERS.activate, { version: uint(65_535), height: uint() }],
    endpoints: [CHANGE_NUMBERS.endpoints, { member: hash, endpoints: list(endpoint, ENDPOINTS_MAX) }],
    /** The body of the entry of this id, at this leaf. */
    erase: [CHANGE_NUMBERS.erase, { leaf: uint(), entry: hash }],
    'recovery-keys': [CHANGE_NUMBERS['recovery-keys'], { recovery }],
    'cancel-recovery': [CHANGE_NUMBERS['cancel-recovery'], { number: uint() }],
  }),
);
export type Change = Infer<typeof change>;
export type ChangeOf<K extends ChangeKind> = Extract<Change, { readonly type: K }>;

const basis = named('governance-basis', tuple({ kind: uint(255), approvals: uint(64), trust: hash }));

/**
 * What approvals of a proposal are bound to, beside its id: the approvals that the rules ask for its kind (0 where they
 * leave it to the majority) and the trust set that was previewed.
 */
export function governanceBasis(kind: ChangeKind, approvals: number, trust: Hash): Hash {
  return taggedHash(TAGS.governance, encode(basis, { kind: CHANGE_NUMBERS[kind], approvals, trust }));
}
