/**
 * What a check of one's own connection found, in words for whoever has to mend it. The page and the command `doctor` say the
 * same. Comes in: facts that were measured; goes out: a state, a sentence, and what to do. Nothing here measures anything.
 */

/** `unknown`: it cannot be told from here, and nothing is wrong for that. */
export const FINDING_STATES = ['failed', 'attention', 'good', 'unknown'] as const;
export type FindingState = (typeof FINDING_STATES)[number];

export interface Finding {
  readonly state: FindingState;
  /** What it means. */
  readonly says: string;
  /** What to do, where there is something. */
  readonly next?: string;
}

/** A finding by its check. */
export interface Told {
  /** The heading under which the check stands. */
  readonly group: string;
  readonly title: string;
  /** `undefined`: it was stopped before it ended. */
  readonly finding: Finding | undefined;
}

export const STATE_WORDS: Readonly<Record<FindingState | 'stopped', string>> = {
  failed: 'failed',
  attention: 'attention',
  good: 'good',
  unknown: 'not known',
  stopped: 'stopped',
};

export const good = (says: string): Finding => ({ state: 'good', says });
export const unknown = (says: string): Finding => ({ state: 'unknown', says });
export const attention = (says: string, next: string): Finding => ({ state: 'attention', says, next });
export const failed = (says: string, next: string): Finding => ({ state: 'failed', says, next });

/** One sentence over all of them. */
export function summaryOf(findings: readonly (Finding | undefined)[]): string {
  const of = (state: FindingState) => findings.filter((finding) => finding?.state === state).length;
  const [bad, doubtful] = [of('failed'), of('attention')];
  if (bad === 0 && doubtful === 0) return findings.includes(undefined) ? 'Stopped before all was checked.' : 'Nothing is wrong here.';
  const parts = [bad > 0 ? `${bad} failed` : '', doubtful === 0 ? '' : `${doubtful} ${doubtful === 1 ? 'needs' : 'need'} attention`];
  return `${parts.filter((part) => part !== '').join(', ')}.`;
}

const STATE_COLUMN = Math.max(...Object.values(STATE_WORDS).map((word) => word.length)) + 2;

/** The whole as plain text, to be sent to somebody who helps. `heading`: where and when. */
export function reportText(heading: readonly string[], told: readonly Told[]): string {
  const groups = [...new Set(told.map(({ group }) => group))];
  const lines = groups.flatMap((group) => ['', group, ...told.filter((one) => one.group === group).flatMap(linesOf)]);
  return [...heading, summaryOf(told.map(({ finding }) => finding)), ...lines].join('\n');
}

function linesOf({ title, finding }: Told): readonly string[] {
  const indent = ' '.repeat(STATE_COLUMN + 2);
  const first = `  ${STATE_WORDS[finding?.state ?? 'stopped'].padEnd(STATE_COLUMN)}${title}`;
  return [first, ...[finding?.says, finding?.next].filter((line) => line !== undefined).map((line) => `${indent}${line}`)];
}
