/** How far a join has come, as data; the page draws it. */
import { JOIN_STAGES, type JoinStage, type JoinStageName } from './app.ts';

export interface ProgressRow {
  readonly stage: JoinStageName;
  readonly state: 'ahead' | 'now' | 'done' | 'stopped';
  /** Milliseconds that it took, or has taken so far; `undefined` while it is ahead. */
  readonly elapsedMs: number | undefined;
}

/** Stages that have begun, in order, with the time since *Join* at which each did. */
export interface Progress {
  readonly begun: readonly { readonly stage: JoinStageName; readonly atMs: number }[];
  /** When it ended, and whether well; `undefined` while it runs. */
  readonly ended: { readonly atMs: number; readonly well: boolean } | undefined;
}

export const NOT_BEGUN: Progress = { begun: [], ended: undefined };

/** Takes the next event in. A stage that began already is not begun again. */
export function advance(progress: Progress, event: JoinStage): Progress {
  switch (event.type) {
    case 'stage':
      if (progress.begun.some(({ stage }) => stage === event.stage)) return progress;
      return { ...progress, begun: [...progress.begun, { stage: event.stage, atMs: event.elapsedMs }] };
    case 'usable':
      return { ...progress, ended: { atMs: event.elapsedMs, well: true } };
    case 'refused':
      return { ...progress, ended: { atMs: event.elapsedMs, well: false } };
  }
}

/**
 * One row a stage, those ahead included, so that nothing moves as it goes. `waiting` has a row only once it happens; after
 * a refusal the stages that were never reached have none.
 */
export function progressRows({ begun, ended }: Progress, nowMs: number): readonly ProgressRow[] {
  const rows = begun.map(({ stage, atMs }, i): ProgressRow => {
    const endMs = begun[i + 1]?.atMs ?? ended?.atMs;
    const state = endMs === undefined ? 'now' : i + 1 < begun.length || ended?.well === true ? 'done' : 'stopped';
    return { stage, state, elapsedMs: Math.max(0, (endMs ?? nowMs) - atMs) };
  });
  if (ended?.well === false) return rows;
  const ahead = JOIN_STAGES.filter((stage) => stage !== 'waiting' && !begun.some((one) => one.stage === stage));
  return [...rows, ...ahead.map((stage): ProgressRow => ({ stage, state: 'ahead', elapsedMs: undefined }))];
}
