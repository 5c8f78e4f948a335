/** Both ways: Go judges the log that we write, we judge the one that Go writes of the same leaves, and the two are the same. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { concat } from '../../src/core/base/bytes.ts';
import { encodeBundle } from '../../src/core/log/bundle.ts';
import { checkFolder, compareFolders, type Row } from './check.ts';
import { readFolder, writeFolder } from './folder.ts';
import { buildGoProgram } from './go.ts';
import { conformanceLeaves, makeFolder, SIZES } from './make.ts';

export interface Verdicts {
  readonly title: string;
  readonly rows: readonly Row[];
}

/** Needs Go: see `whyNoGo`. `published` names folders of logs from elsewhere, which Go judges as well. */
export function runConformance(published: readonly string[] = []): readonly Verdicts[] {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-conformance-'));
  try {
    using go = buildGoProgram();
    const [ours, theirs, leavesFile] = [join(folder, 'ours'), join(folder, 'theirs'), join(folder, 'leaves')];
    const leaves = conformanceLeaves();
    writeFileSync(leavesFile, concat(...leaves.map((leaf) => encodeBundle([leaf]))));
    const made = makeFolder(leaves);
    writeFolder(ours, made);
    go.make(theirs, leavesFile, SIZES);
    const theirFolder = readFolder(theirs);
    return [
      { title: 'Go (sumdb/note, sumdb/tlog) judges what we write', rows: go.check(ours) },
      { title: 'We judge what Go writes', rows: checkFolder(theirFolder) },
      { title: 'Both wrote the same', rows: [compareFolders(made, theirFolder)] },
      ...published.map((path) => ({ title: `Go judges ${path}`, rows: go.check(path) })),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A line a kind of file: how many hold, how many changed ones were refused. */
export function table(verdicts: readonly Verdicts[]): string {
  const width = Math.max(...verdicts.flatMap(({ rows }) => rows.map(({ what }) => what.length)));
  const line = ({ what, files, refused, problem }: Row) =>
    `  ${problem === undefined ? 'ok    ' : 'FAILED'} ${what.padEnd(width)} ${`${files}`.padStart(7)} hold ${`${refused}`.padStart(8)} changed refused${
      problem === undefined ? '' : `\n         ${problem}`
    }`;
  return verdicts.map(({ title, rows }) => [title, ...rows.map(line)].join('\n')).join('\n\n');
}

export function isConformant(verdicts: readonly Verdicts[]): boolean {
  return verdicts.every(({ rows }) => rows.every(({ problem }) => problem === undefined));
}
