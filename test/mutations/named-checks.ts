/**
 * Every named check in every list of checks, found by reading the code, so that a new one is covered without being
 * listed anywhere. A check is what comes from a module of `checks/`, or what its own file declares to be one.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ESTree, parseSync, Visitor } from 'vite';
import { type Mutant, sourceOf } from './mutant.ts';

/** Where the admission machine is. */
const ADMISSION = 'src/core/membership';
const CHECK_MODULE = /\/checks\/[^/]+$|\/checks\.ts$/;
/** `Check`, `GenesisCheck`, `Check<ActionOf<'join'>>`. */
const CHECK_TYPE = /^\w*Check\b/;

/** One mutant for each place of a room at which a check stands in a list, which has it no longer. */
export function withoutEachCheck(root: string, room: string = ADMISSION): readonly Mutant[] {
  const files = readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .toSorted();
  return files.flatMap((name) => withoutChecksOf(root, room, name));
}

function withoutChecksOf(root: string, room: string, name: string): readonly Mutant[] {
  const file = `${room}/${name}`;
  const source = sourceOf(root, file);
  const { program, errors } = parseSync(file, source, { lang: 'ts' });
  if (errors.length > 0) throw new Error(`${file}: ${errors[0]?.message}`);
  const names = checkNames(program, source);
  const mutants: Mutant[] = [];
  new Visitor({
    ArrayExpression({ elements }) {
      const checks = elements.filter((element) => element !== null && names.has(nameIn(element) ?? ''));
      for (const check of checks) if (check !== null) mutants.push({ file, ...without(name, source, check) });
    },
  }).visit(program);
  return mutants;
}

/** The list without one element: an empty spread stands in its place, so that the commas around it need no care. */
function without(name: string, source: string, { start, end }: ESTree.Node): Omit<Mutant, 'file'> {
  const line = source.slice(0, start).split('\n').length;
  const text = `${source.slice(0, start)}...[]${source.slice(end)}`;
  return { name: `${name}:${line} without ${source.slice(start, end)}`, text };
}

/** `isNotExpired`, or `hasSignatures(2)`. */
function nameIn(element: ESTree.Node): string | undefined {
  if (element.type === 'Identifier') return element.name;
  return element.type === 'CallExpression' && element.callee.type === 'Identifier' ? element.callee.name : undefined;
}

function checkNames(program: ESTree.Program, source: string): ReadonlySet<string> {
  const names = new Set<string>();
  new Visitor({
    ImportDeclaration({ source: from, specifiers }) {
      if (CHECK_MODULE.test(from.value)) for (const { local } of specifiers) names.add(local.name);
    },
    VariableDeclarator({ id }) {
      if (id.type !== 'Identifier' || !id.typeAnnotation) return;
      const { start, end } = id.typeAnnotation.typeAnnotation;
      if (CHECK_TYPE.test(source.slice(start, end)) && !source.slice(start, end).endsWith('[]')) names.add(id.name);
    },
  }).visit(program);
  return names;
}
