/** What a council's run is about: who founds, who is faulty and how, who comes later, and which faults strike how hard. */
import { Chance } from '../chance.ts';

export const BYZANTINE_KINDS = [
  'equivocator',
  'conflicting finalizer',
  'impersonator',
  'misbuilder',
  'nullifier',
  'silent',
  'amnesiac',
  'censor',
  'lying syncer',
  'log forker',
  'fabricator',
  'usurper',
] as const;
export type ByzantineKind = (typeof BYZANTINE_KINDS)[number];

export const TROUBLES = ['kills', 'disks', 'mail', 'streams', 'partitions', 'clocks', 'freezes'] as const;
export type Trouble = (typeof TROUBLES)[number];

/** People who take a chain for dead must not be wrong: whoever is there hears of what is final within the delay. */
const BEARABLE: ReadonlySet<Trouble> = new Set(['kills', 'disks', 'streams']);

export interface Plan {
  readonly founders: readonly string[];
  readonly guests: readonly string[];
  /** Whose devices are faulty, and in which way. */
  readonly byzantine: ReadonlyMap<string, ByzantineKind>;
  /** Whose disk is lost for good in the middle of it. */
  readonly lost: string | undefined;
  readonly troubles: ReadonlySet<Trouble>;
  /** Whether validators come and go. */
  readonly governs: boolean;
  /** Guests pass one link on to each other that lets in one. */
  readonly redeemsTwice: boolean;
  /** Whether a later protocol version comes into force. */
  readonly upgrades: boolean;
  /** Whether the recovery key takes over, and of which chain. */
  readonly recovers: 'alive' | 'dead' | undefined;
  /** Newcomers need so many approvals; those of the federation who collude give all of theirs, and more. */
  readonly approvals: number;
  readonly longerMs: number;
}

const FOUNDERS = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace'] as const;
const GUESTS = ['heidi', 'ivan', 'judy'] as const;
/** Mostly the fewest of whom one may be faulty, since what a run costs grows with the square of those who talk. */
const SIZES = [1, 1, 2, 2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 4, 4, 7];
const GUESTS_COMING = [0, 0, 1, 1, 1, 0, 2, 1, 3, 1];
/** How long a storm lasts beyond what was ordered, so that not all end alike. */
const LONGER_MS_MAX = 20_000;
const GROUP_EVERY = 10;

/** Which run a seed is: one in ten is a group around one relay, all others are councils of several validators. */
export function isCouncil(seed: number): boolean {
  return seed % GROUP_EVERY !== 0;
}

/** What the run of a seed is about. */
export function planOf(seed: number): Plan {
  return drawPlan(new Chance(seed).fork());
}

function drawPlan(chance: Chance): Plan {
  const founders = FOUNDERS.slice(0, chance.pick(SIZES));
  const tolerated = Math.floor((founders.length - 1) / 3);
  const faulty = chance.shuffled(founders.slice(1)).slice(0, chance.happens(0.7) ? chance.int(Math.min(1, tolerated), tolerated) : 0);
  const loses = faulty.length > 0 && chance.happens(0.15);
  const approvals = chance.happens(0.3) && founders.length >= 4 ? 2 : 0;
  const dies = faulty.length === 0 && founders.length >= 4 && chance.happens(0.3);
  const guests = GUESTS.slice(0, chance.pick(GUESTS_COMING));
  const troubles = TROUBLES.filter(() => chance.happens(0.6));
  return {
    founders,
    // Whoever has a link of before a dead chain went on needs another.
    guests: dies ? [] : guests,
    byzantine: new Map((loses ? faulty.slice(1) : faulty).map((name) => [name, chance.pick(BYZANTINE_KINDS)])),
    lost: loses ? faulty[0] : undefined,
    troubles: new Set(dies ? troubles.filter((one) => BEARABLE.has(one)) : troubles),
    governs: chance.happens(0.5) && !dies,
    redeemsTwice: chance.happens(0.5),
    upgrades: chance.happens(0.3),
    recovers: dies ? 'dead' : chance.happens(0.2) ? 'alive' : undefined,
    approvals: dies ? 0 : approvals,
    longerMs: chance.int(0, LONGER_MS_MAX),
  };
}

/** The plan in one line, for the trace. */
export function describePlan({ founders, guests, byzantine, lost, troubles, governs, upgrades, recovers, approvals }: Plan): string {
  const faulty = [...byzantine].map(([name, kind]) => `${name} is ${kind}`);
  const parts = [
    `${founders.length} validators`,
    `guests: ${guests.join(' ')}`,
    ...faulty,
    ...(lost === undefined ? [] : [`${lost} will be lost`]),
  ];
  return [
    ...parts,
    `troubles: ${[...troubles].join(' ')}`,
    ...(governs ? ['governs'] : []),
    ...(upgrades ? ['upgrades'] : []),
    ...(recovers ? [`recovers ${recovers}`] : []),
    `approvals: ${approvals}`,
  ].join('; ');
}
