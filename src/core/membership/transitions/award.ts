/**
 * The award of joining tokens (DESIGN §5). A day that a relay served enters as a lot with its receipts; the hash of a later
 * block, which nobody knew when they were signed and brought, decides whether it wins. Tokens are drawn only while a seat is
 * free for whoever has one, and each that nobody has spent yet doubles the threshold: members are promoted as fast as the
 * network needs them.
 */
import { compare, utf8 } from '../../base/bytes.ts';
import { type Hash, TAGS, taggedHash } from '../../base/hash.ts';
import { DRAW_AFTER_BLOCKS, TOKEN_LIFETIME_MS } from '../../base/limits.ts';
import { invariant } from '../../base/result.ts';
import type { Lot } from '../../codec/records.ts';
import { asksToken, awardNumbers, wins } from '../../policy/award.ts';
import { agendaOf } from '../agenda.ts';
import { ruleOf } from '../asking.ts';
import { awardsOf, giveToken, putAwards } from '../awards.ts';
import type { ChangeTurn } from '../changes/change.ts';
import { memberOf, rulesOf } from '../facts.ts';
import { freeSeats } from '../seating.ts';
import type { StateDraft, StateReader } from '../state.ts';

/** At the start of a block: draws the lots that waited long enough, in an order that follows from them. */
export function drawTokens({ draft, parent, height, time }: ChangeTurn): void {
  const { lots } = awardsOf(draft);
  const due = lots.filter((lot) => height - lot.height >= DRAW_AFTER_BLOCKS);
  if (due.length === 0) return;
  putAwards(draft, { lots: lots.filter((lot) => !due.includes(lot)) });
  const drawn = due.map((lot) => ({ lot, hash: lotHash(parent, lot) })).sort((a, b) => compare(a.hash, b.hash));
  for (const { lot, hash } of drawn) if (isWon(draft, lot, hash)) award(draft, lot.member, time);
}

function lotHash(parent: Hash, { member, day }: Lot): Hash {
  return taggedHash(TAGS.tokenDraw, parent, member, utf8(String(day)));
}

function isWon(state: StateReader, { member, weight }: Lot, hash: Hash): boolean {
  const unspent = awardsOf(state).tokens.length;
  return mayWin(state, member) && placesFree(state) > 0 && wins(hash, weight, unspent, awardNumbers(rulesOf(state)));
}

/** Whoever relays and has neither a seat to lose nor a token to spend. */
export function mayWin(state: StateReader, id: Hash): boolean {
  const { roles, suspendedUntil } = memberOf(state, id);
  const relays = roles.includes('relay') && !roles.includes('validator') && suspendedUntil === undefined;
  return relays && state.get('token', id) === undefined && state.get('eligibility', id) === undefined;
}

/** Free seats for which nobody has a token, is eligible or waits already; none where the rule asks for no token. */
export function placesFree(state: StateReader): number {
  if (!asksToken(ruleOf(state, 'validator'))) return 0;
  const { tokens, eligible } = awardsOf(state);
  const spoken = tokens.length + eligible.length + agendaOf(state).candidates.length;
  return Math.max(0, freeSeats(state) - spoken);
}

/** The days behind it are paid: it serves as many again before it can win another. */
function award(draft: StateDraft, id: Hash, time: number): void {
  giveToken(draft, id, time, time + TOKEN_LIFETIME_MS);
  const service = draft.get('service', id);
  invariant(service !== undefined, 'who has a lot has served lately');
  draft.put('service', id, { ...service, streak: 0 });
}

/** Enters a day into the draw. */
export function enterLot(draft: StateDraft, lot: Lot): void {
  putAwards(draft, { lots: [...awardsOf(draft).lots, lot] });
}
