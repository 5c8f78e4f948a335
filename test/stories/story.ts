/** A story: steps in plain words, each done for real, with a mark and the time that it took; the first that fails ends it. */

export interface StepResult {
  readonly step: string;
  readonly ok: boolean;
  readonly seconds: number;
  /** What was seen: of a step that did well a remark, of a failed one the reason. */
  readonly seen: string | undefined;
}

export interface StoryResult {
  readonly story: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly steps: readonly StepResult[];
}

/** Says what was seen in a step, beside that it did well. */
export type Note = (seen: string) => void;

/** Tells one step and gives what its work gives. Throws what the work throws. */
export type Tell = <T>(step: string, work: (note: Note) => Promise<T>) => Promise<T>;

/** Tells a story and cleans up after it, however it ends. */
export async function tellStory(
  name: string,
  plot: (tell: Tell, stage: AsyncDisposableStack) => Promise<void>,
  say: (line: string) => void,
): Promise<StoryResult> {
  const began = performance.now();
  const steps: StepResult[] = [];
  const told = (done: StepResult) => {
    steps.push(done);
    say(lineOf(done));
  };
  const tell: Tell = async (step, work) => {
    const from = performance.now();
    const seen: string[] = [];
    try {
      const given = await work((remark) => seen.push(remark));
      told({ step, ok: true, seconds: seconds(from), seen: seen.join('\n') || undefined });
      return given;
    } catch (error) {
      told({ step, ok: false, seconds: seconds(from), seen: reasonOf(error) });
      throw error;
    }
  };
  try {
    await using stage = new AsyncDisposableStack();
    await plot(tell, stage);
  } catch (error) {
    // A failed step was told; what fails between two is told here.
    if (steps.every(({ ok }) => ok)) told({ step: 'between the steps', ok: false, seconds: 0, seen: reasonOf(error) });
  }
  return { story: name, ok: steps.every(({ ok }) => ok), seconds: seconds(began), steps };
}

function lineOf({ step, ok, seconds: took, seen }: StepResult): string {
  return `${ok ? '✓' : '✗'} ${step}  (${took.toFixed(1)} s)${seen === undefined ? '' : `\n    ${seen.replaceAll('\n', '\n    ')}`}`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function seconds(from: number): number {
  return Number(((performance.now() - from) / 1000).toFixed(2));
}

/** Throws, saying what was expected, unless it holds. */
export function see(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(`not so: ${what}`);
}
