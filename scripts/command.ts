/** Runs the command-line tools that npm installed, on this very Node. */
import { type StdioOptions, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The project's root folder. */
export const ROOT = join(import.meta.dirname, '..');

export interface ToolSettings {
  /** The command's name, if it is not that of its package. */
  readonly command?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly stdio?: StdioOptions;
}

/** Runs a package's command in the project's root and waits for it; true if it ended well. Throws if it could not start. */
export function runTool(packageName: string, options: readonly string[], settings: ToolSettings = {}): boolean {
  const { command = packageName, environment = {}, stdio = 'inherit' } = settings;
  const { status, error } = spawnSync(process.execPath, [toolPath(packageName, command), ...options], {
    cwd: ROOT,
    stdio,
    env: { ...process.env, ...environment },
  });
  if (error !== undefined) throw error;
  return status === 0;
}

// `.bin` holds shell wrappers on Windows; the package's own manifest names the script on every system.
export function toolPath(packageName: string, command: string): string {
  const folder = join(ROOT, 'node_modules', packageName);
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { bin: string | Readonly<Record<string, string>> };
  const script = typeof bin === 'string' ? bin : bin[command];
  if (script === undefined) throw new Error(`the package ${packageName} has no command ${command}`);
  return join(folder, script);
}
