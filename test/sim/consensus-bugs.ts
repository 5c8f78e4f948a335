/**
 * Bugs that a hand might slip into consensus, or into what it decides about, each one edit of the code that ships: what its name says is what then happens.
 * `npm run sim:planted` sees that the simulator finds each.
 */
import type { PlantedBug } from '../mutations/mutant.ts';
import type { Checker } from './checkers.ts';
import { type ByzantineKind, isCouncil, type Plan, planOf } from './council/plan.ts';

const CORE = 'src/core/consensus';
const NODE = 'src/node';

export interface ConsensusBug extends PlantedBug {
  /** The simulator that is to find it: whole nodes, replicas alone in storms, or cases of twins. */
  readonly by: 'council' | 'replicas' | 'twins';
  /** The checks that may find it; what else goes wrong is passed over. */
  readonly shows: readonly Checker[];
  /** Of councils, those that could show it at all. */
  readonly where?: (plan: Plan) => boolean;
  /** A seed that is known to show it: the first where to look. */
  readonly seed?: number;
}

/** Whether a seed could show the bug at all: it is a council's, and its plan has whom and what the bug needs. */
export function canShow({ by, where }: ConsensusBug, seed: number): boolean {
  return by !== 'council' || (isCouncil(seed) && (where?.(planOf(seed)) ?? true));
}

/** Somebody faulty in this way is among the validators. */
function has(kind: ByzantineKind): (plan: Plan) => boolean {
  return ({ byzantine }) => [...byzantine.values()].includes(kind);
}

const governs = (plan: Plan): boolean => plan.governs;
const dies = ({ troubles }: Plan): boolean => troubles.has('kills');

const PLACE = ['isCurrentView', 'epochGoesOn', 'standsOnNotarized', 'passesOverNullified', 'fitsView'];
const NULLIFY = ['isBeingDecided', 'nullifiesOnce', 'hasNotFinalized'];
const FINALIZE = ['holdsNotarization', 'hasNotarized', 'hasNotNullified', 'finalizesOnce'];

/** A list of rules has one less. */
function without(rule: string, rules: readonly string[]): Omit<PlantedBug, 'name'> {
  const list = (some: readonly string[]) => `[${some.join(', ')}]`;
  return { file: `${CORE}/safety.ts`, find: list(rules), replace: list(rules.filter((one) => one !== rule)) };
}

// biome-ignore format: a bug reads as a line of a diff.
const BUGS: readonly ConsensusBug[] = [
  { name: 'a quorum is one too few', by: 'replicas', shows: ['agreement'], seed: 7, file: 'src/core/policy/quorum.ts',
    find: 'return validators - faultsTolerated(validators);',
    replace: 'return Math.max(1, validators - faultsTolerated(validators) - 1);' },
  { name: 'a quorum is one too many', by: 'replicas', shows: ['progress'], seed: 1, file: 'src/core/policy/quorum.ts',
    find: 'return validators - faultsTolerated(validators);',
    replace: 'return validators - faultsTolerated(validators) + (validators > 3 ? 1 : 0);' },
  { name: 'a view is finalized after it was given up', by: 'replicas', shows: ['votes', 'agreement'], seed: 1, ...without('hasNotNullified', FINALIZE) },
  { name: 'a view is given up after it was finalized', by: 'replicas', shows: ['votes', 'agreement'], seed: 1, ...without('hasNotFinalized', NULLIFY) },
  { name: 'a block is finalized that was not notarized here', by: 'replicas', shows: ['votes', 'agreement'], seed: 2, ...without('hasNotarized', FINALIZE) },
  { name: 'views that were not given up are passed over', by: 'replicas', shows: ['agreement'], seed: 34, ...without('passesOverNullified', PLACE) },
  { name: 'votes for different blocks count together', by: 'replicas', shows: ['agreement'], seed: 18, file: `${CORE}/tally.ts`,
    find: 'isSame(subject.block, block)',
    replace: 'block === undefined || subject.block !== undefined' },
  { name: 'a seat counts as often as it votes', by: 'replicas', shows: ['agreement'], seed: 3, file: `${CORE}/tally.ts`,
    find: 'new Map(votes[subject.kind]).set(seat, vote)',
    replace: 'new Map(votes[subject.kind]).set(seat, vote).set(seat + 100, vote)' },
  { name: 'own votes are not remembered after a restart', by: 'replicas', shows: ['votes', 'evidence'], seed: 1, file: `${CORE}/tally.ts`,
    find: '  if (seat === turn.replica.seat) remember(turn, vote);\n',
    replace: '' },
  { name: 'who changed its mind is accused', by: 'replicas', shows: ['evidence'], seed: 1, file: `${CORE}/conflict.ts`,
    find: "if (kinds.includes('nullify') && kinds.includes('finalize'))",
    replace: "if (kinds.includes('nullify') && !kinds.every((kind) => kind === 'nullify'))" },
  { name: 'who is cut off never sends anything again', by: 'replicas', shows: ['progress'], seed: 1, file: `${CORE}/progress.ts`,
    find: '  turn.effects.push(everything(turn.replica));\n',
    replace: '' },
  { name: 'a leader never proposes for the sake of a block alone', by: 'replicas', shows: ['progress'], seed: 2, file: `${CORE}/progress.ts`,
    find: 'const mayBeEmpty = patienceEnded && !isFinal;',
    replace: 'const mayBeEmpty = patienceEnded && isFinal;' },
  { name: 'a missing block is asked for once', by: 'replicas', shows: ['progress'], seed: 1, file: `${CORE}/progress.ts`,
    find: 'changeRound(turn, view, { fetching: false })',
    replace: 'changeRound(turn, view, { fetching: true })' },
  { name: 'time-outs do not grow', by: 'replicas', shows: ['progress'], seed: 8, file: `${CORE}/timeouts.ts`,
    find: 'GROWTH ** Math.max(0, view - finalView - 1)',
    replace: 'GROWTH ** Math.min(0, view - finalView - 1)' },
  { name: 'a vote leaves before it is on the disk', by: 'council', shows: ['durability', 'votes'], seed: 1, where: dies,
    file: `${NODE}/vote-book.ts`,
    find: '    await this.#space.write(',
    replace: '    void this.#space.write(' },
  { name: 'a vote is written as if it could be lost', by: 'council', shows: ['durability', 'votes'], seed: 1, where: dies,
    file: `${NODE}/vote-book.ts`,
    find: "...alongside], 'strict');",
    replace: "...alongside], 'relaxed');" },
  { name: 'votes are not read at the start', by: 'council', shows: ['votes', 'evidence'], seed: 2, where: dies,
    file: `${NODE}/vote-book.ts`,
    find: 'placeOf(epoch, afterView + 1), placeOf(epoch + 1, 0)',
    replace: 'placeOf(epoch, afterView + 1_000_000), placeOf(epoch + 1, 0)' },
  { name: 'the signature under a vote is not looked at', by: 'council', shows: ['agreement', 'votes', 'evidence'], seed: 296, where: has('impersonator'),
    file: `${NODE}/vote-verification.ts`,
    find: 'verdicts[i] === true ? [vote] : []',
    replace: 'verdicts[i] !== undefined ? [vote] : []' },
  { name: 'a certificate needs no quorum', by: 'council', shows: ['agreement', 'votes', 'log'], seed: 299, where: has('impersonator'),
    file: `${CORE}/certificate.ts`,
    find: 'if (seats.length < quorum)',
    replace: 'if (seats.length < Math.min(1, quorum))' },
  { name: 'signatures of a certificate are not looked at', by: 'council', shows: ['agreement', 'votes', 'evidence', 'log'], seed: 16, where: has('impersonator'),
    file: `${NODE}/vote-verification.ts`,
    find: 'if (!checks.ok || !(await this.#verify(checks.value)).every(Boolean))',
    replace: 'if (!checks.ok)' },
  { name: 'a block is not held against its header', by: 'council', shows: ['agreement', 'log', 'progress'], seed: 4, where: has('misbuilder'),
    file: `${CORE}/execute.ts`,
    find: 'return equal(point.id, blockIdOf(header))',
    replace: 'return point.id.length > 0' },
  { name: 'a block may be older than its parent', by: 'council', shows: ['log'], seed: 4, where: has('misbuilder'),
    file: `${CORE}/execute.ts`,
    find: 'if (time <= before.time || time > TIME_MS_MAX)',
    replace: 'if (time > TIME_MS_MAX)' },
  { name: 'a block may be of a time to come', by: 'council', shows: ['log'], seed: 39, where: has('misbuilder'),
    file: `${CORE}/execute.ts`,
    find: 'return isEarly || isLate ?',
    replace: 'return isEarly && isLate ?' },
  { name: 'whoever likes leads', by: 'council', shows: ['log'], seed: 39, where: has('misbuilder'),
    file: `${CORE}/execute.ts`,
    find: 'view <= viewBefore || proposerSeat !== leaderSeat(view, validators)',
    replace: 'view <= viewBefore' },
  { name: 'a block stands on one that few are said to have notarized', by: 'council', shows: ['log'], seed: 9, where: has('misbuilder'),
    file: `${CORE}/execute.ts`,
    find: 'signers.length >= quorumOf(validators) && ',
    replace: '' },
  { name: 'a link for one lets in two', by: 'council', shows: ['admission'], seed: 6, where: ({ redeemsTwice, guests }) => redeemsTwice && guests.length > 1,
    file: 'src/core/membership/verbs/join.ts',
    find: 'if (spent.used >= uses)',
    replace: 'if (spent.used > uses)' },
  { name: 'a newcomer needs one approval less', by: 'council', shows: ['admission'], seed: 6, where: ({ approvals, guests }) => approvals > 0 && guests.length > 0,
    file: 'src/core/membership/transitions/settle.ts',
    find: 'if (approvals >= needed &&',
    replace: 'if (approvals + 1 >= needed &&' },
  { name: 'another trust set begins no epoch', by: 'council', shows: ['log', 'agreement'], seed: 1, where: governs,
    file: 'src/core/membership/seating.ts',
    find: 'epoch: epoch + 1, base: parent',
    replace: 'epoch, base: parent' },
  { name: 'a block that closes its epoch has successors', by: 'replicas', shows: ['agreement'], seed: 48, file: `${CORE}/safety.ts`,
    find: 'return blockOf(replica, block.parent)?.closes === false;',
    replace: 'return blockOf(replica, block.parent) !== undefined;' },
  { name: 'votes of an epoch that is over count in the next', by: 'replicas', shows: ['agreement'], seed: 4, file: `${CORE}/replica-state.ts`,
    find: 'return subject.epoch === trust.epoch && equal(subject.chain, chain);',
    replace: 'return subject.epoch <= trust.epoch && equal(subject.chain, chain);' },
  { name: 'a finalization far ahead is not believed', by: 'replicas', shows: ['progress'], seed: 101, file: `${CORE}/tally.ts`,
    find: "if (subject.kind === 'finalize') return true;",
    replace: "if (subject.kind === 'finalize') return isOfInterest(replica, subject);" },
  { name: 'who votes in a view long decided hears nothing', by: 'replicas', shows: ['progress'], seed: 56, file: `${CORE}/tally.ts`,
    find: "if (isLate(turn.replica, vote)) turn.effects.push({ type: 'answer', seat });",
    replace: '' },
  { name: 'who votes twice under certificates is not accused', by: 'replicas', shows: ['evidence'], seed: 2, file: `${CORE}/witness.ts`,
    find: 'for (const vote of votesOf(certificate)) testify(turn, vote);',
    replace: 'void [turn, certificate];' },
  { name: 'what was said in a view is forgotten once it is final', by: 'replicas', shows: ['evidence'], seed: 4, file: `${CORE}/witness.ts`,
    find: 'filter(([view]) => view > final.view - VIEWS_REMEMBERED_MAX)',
    replace: 'filter(([view]) => view > final.view)' },
  { name: 'nobody brings evidence', by: 'council', shows: ['evidence'], seed: 41, where: has('amnesiac'),
    file: `${NODE}/accusations.ts`,
    find: "await this.#ports.submit({ type: 'evidence', first, second });",
    replace: '' },
];

/** Bugs of the replica that the cases of twins must tell of too, and where they do. */
const SEEN_BY_TWINS: ReadonlyMap<string, number> = new Map([
  ['a seat counts as often as it votes', 1],
  ['a view is finalized after it was given up', 1],
  ['who votes twice under certificates is not accused', 11],
]);

function asSeenByTwins(bug: ConsensusBug): readonly ConsensusBug[] {
  const seed = SEEN_BY_TWINS.get(bug.name);
  return seed === undefined ? [] : [{ ...bug, name: `twins: ${bug.name}`, by: 'twins', seed }];
}

export const CONSENSUS_BUGS: readonly ConsensusBug[] = [...BUGS, ...BUGS.flatMap(asSeenByTwins)];

export function bugOf(name: string): ConsensusBug {
  const bug = CONSENSUS_BUGS.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`no bug is called ${name}`);
  return bug;
}
