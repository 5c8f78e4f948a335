/** Everything that is judged without running the program. */
import { runTool } from './command.ts';
import { checkLayers } from './layers.ts';

const CHECKS: Readonly<Record<string, () => boolean | Promise<boolean>>> = {
  types: () => runTool('typescript', ['--project', '.'], { command: 'tsc' }),
  'lint and format': () => runTool('@biomejs/biome', ['check', '--error-on-warnings'], { command: 'biome' }),
  layers: () => checkLayers(),
  'unused code': () => runTool('knip', []),
};

/** Runs every check, also after one failed, so that one run shows all there is to mend; true if all passed. */
export async function runChecks(): Promise<boolean> {
  const failed: string[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    const passed = await endsWell(check);
    console.error(`${passed ? 'ok    ' : 'FAILED'} check: ${name}`);
    if (!passed) failed.push(name);
  }
  return failed.length === 0;
}

// A tool that breaks has not found the code in order.
async function endsWell(check: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await check();
  } catch (error) {
    console.error(error);
    return false;
  }
}
