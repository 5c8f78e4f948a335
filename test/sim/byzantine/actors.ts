/** Which kind of faulty validator does what. */
import type { ByzantineKind } from '../council/plan.ts';
import type { Actor, Hand } from './actor.ts';
import { censor } from './censor.ts';
import { conflictingFinalizer } from './conflicting-finalizer.ts';
import { equivocator } from './equivocator.ts';
import { fabricator } from './fabricator.ts';
import { impersonator } from './impersonator.ts';
import { logForker } from './log-forker.ts';
import { misbuilder } from './misbuilder.ts';
import { nullifier } from './nullifier.ts';
import { silent } from './silent.ts';
import { usurper } from './usurper.ts';

/** `undefined`: its words are those of an honest node; its disk, or what it serves, is not. */
export function actorOf(kind: ByzantineKind, hand: Hand): Actor | undefined {
  switch (kind) {
    case 'equivocator':
      return equivocator(hand);
    case 'conflicting finalizer':
      return conflictingFinalizer(hand);
    case 'impersonator':
      return impersonator(hand);
    case 'misbuilder':
      return misbuilder(hand);
    case 'nullifier':
      return nullifier(hand);
    case 'silent':
      return silent(hand);
    case 'censor':
      return censor(hand);
    case 'log forker':
      return logForker(hand);
    case 'fabricator':
      return fabricator(hand);
    case 'usurper':
      return usurper(hand);
    case 'amnesiac':
    case 'lying syncer':
      return undefined;
  }
}
