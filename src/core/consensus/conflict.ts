/** Votes that no honest validator gives both: what evidence is made of (DESIGN §6). */
import { equal } from '../base/bytes.ts';
import type { Vote, VoteSubject } from '../codec/vote.ts';

export type Conflict = 'two-notarizes' | 'two-finalizes' | 'nullify-and-finalize';

/** How two votes of one seat in one view contradict each other; `undefined` if they do not. */
export function conflictOf(a: Vote, b: Vote): Conflict | undefined {
  if (a.seat !== b.seat || !samePlace(a.subject, b.subject)) return undefined;
  const kinds = [a.subject.kind, b.subject.kind];
  if (kinds.includes('nullify') && kinds.includes('finalize')) return 'nullify-and-finalize';
  if (a.subject.kind !== b.subject.kind || sameBlock(a.subject, b.subject)) return undefined;
  return a.subject.kind === 'notarize' ? 'two-notarizes' : 'two-finalizes';
}

function samePlace(a: VoteSubject, b: VoteSubject): boolean {
  return a.epoch === b.epoch && a.view === b.view && equal(a.chain, b.chain);
}

function sameBlock(a: VoteSubject, b: VoteSubject): boolean {
  return a.block === undefined ? b.block === undefined : b.block !== undefined && equal(a.block, b.block);
}
