/** Who does what in a run, as its seed has it. */
import { DAY_MS, HOUR_MS } from '../../src/core/base/limits.ts';
import type { Chance } from './chance.ts';
import type { InvitationPlan } from './society.ts';

const NAMES = ['bob', 'carol', 'dave', 'erin', 'frank', 'grace'] as const;

export interface Scenario {
  /** A relay hosts the chain; else the founder's device validates. */
  readonly hosted: boolean;
  readonly founder: string;
  /** Joiners, and the links they try in order. */
  readonly joiners: readonly { readonly name: string; readonly labels: readonly string[] }[];
  readonly invitations: readonly InvitationPlan[];
  /** Who leaves for good, if anybody does. */
  readonly leaver: string | undefined;
  /** Whose device lies while the storm lasts, if anybody's does. */
  readonly liar: string | undefined;
  /** Joiners who become validators too, once they are in. */
  readonly validators: readonly string[];
  readonly night: boolean;
  /** How long faults strike, ms. */
  readonly stormMs: number;
}

/** One run in so many has several validators. */
const SEVERAL_EVERY = 3;

export function drawScenario(chance: Chance, { seed, short }: { readonly seed: number; readonly short: boolean }): Scenario {
  // Mostly few: what a run costs grows with the square of those who talk.
  const count = short ? 3 : chance.pick([3, 3, 3, 4, 4, 5, 6]);
  const names = NAMES.slice(0, count);
  const lastResort = 'open';
  const racers = chance.int(2, Math.min(3, count));
  const others = ['group', 'brief', 'closed', 'group'] as const;
  const joiners = names.map((name, i) => {
    const first = i < racers ? 'race' : chance.pick(others);
    const second = chance.pick(others);
    return { name, labels: [...new Set([first, second, lastResort])] };
  });
  return {
    hosted: chance.happens(0.6),
    founder: 'alice',
    joiners,
    invitations: drawInvitations(chance),
    leaver: chance.happens(0.25) ? names.at(-1) : undefined,
    validators: seed % SEVERAL_EVERY === 1 ? names.slice(0, 1 + (seed % names.length)) : [],
    liar: chance.happens(0.4) ? names[0] : undefined,
    night: chance.happens(0.4),
    stormMs: chance.int(25_000, 45_000),
  };
}

function drawInvitations(chance: Chance): readonly InvitationPlan[] {
  const common = { role: 'writer', shared: true, lifeMs: 7 * DAY_MS, revokedAfterMs: undefined } as const;
  const plans: readonly InvitationPlan[] = [
    { ...common, label: 'race', uses: 1, shared: chance.happens(0.5) },
    { ...common, label: 'group', uses: chance.int(2, 3) },
    { ...common, label: 'brief', uses: chance.int(0, 2), lifeMs: chance.int(3_000, 25_000) },
    { ...common, label: 'closed', uses: chance.int(0, 3), revokedAfterMs: chance.int(500, 10_000) },
    { ...common, label: 'open', uses: 0, lifeMs: 48 * HOUR_MS, role: chance.happens(0.85) ? 'writer' : 'observer' },
  ];
  return plans;
}
