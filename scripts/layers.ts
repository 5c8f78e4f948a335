/** Checks by `.dependency-cruiser.cjs` that imports point one way. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Visitor } from '@swc/core/Visitor.js';
import { cruise, type IConfiguration, type ICruiseResult } from 'dependency-cruiser';
import { ROOT } from './command.ts';

/** Below this the reader is broken, not the project small: it can read nothing and call that clean. */
const MODULES_READ_MIN = 20;

export interface Layers {
  readonly modules: number;
  /** `rule: from → to`, sorted. */
  readonly violations: readonly string[];
}

/**
 * swc's visitor, which dependency-cruiser reads by, throws at a `using` declaration: it is taught to look at what is declared.
 * Patched in place, because the cruiser makes its reader from this class by itself.
 */
function teachUsingDeclarations(): void {
  const { visitStatement } = Visitor.prototype;
  Visitor.prototype.visitStatement = function (this: Visitor, statement) {
    if ('decls' in statement && Array.isArray(statement.decls)) {
      this.visitVariableDeclarators(statement.decls);
      return statement;
    }
    return visitStatement.call(this, statement);
  };
}
teachUsingDeclarations();

/** Reads the modules of the project, or of a copy of it in `folder`, and judges every import. */
export async function readLayers(folder: string = ROOT): Promise<Layers> {
  const { forbidden = [], options = {} } = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as IConfiguration;
  const roots = ['src', 'relay', 'examples'].filter((root) => existsSync(join(folder, root)));
  const { output } = await cruise(roots, { ...options, baseDir: folder, validate: true, ruleSet: { forbidden } });
  const { summary, modules } = output as ICruiseResult;
  return {
    modules: modules.filter(({ source }) => roots.some((root) => source.startsWith(`${root}/`))).length,
    violations: summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} → ${to}`).sort(),
  };
}

/** Prints every violation; true if there is none. */
export async function checkLayers(): Promise<boolean> {
  const { modules, violations } = await readLayers();
  for (const violation of violations) console.error(violation);
  if (modules < MODULES_READ_MIN) console.error(`only ${modules} modules were read: the reader is broken`);
  return violations.length === 0 && modules >= MODULES_READ_MIN;
}
