/** A process to be killed: writes batches to the SQLite store in the folder given, and prints the number of each that settled. */
import { writeSync } from 'node:fs';
import { sqliteStore } from '../../../relay/src/sqlite-store.ts';
import { batch, checkBatches } from './batches.ts';

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('no folder given');
const space = await sqliteStore(folder).space('chain');
for (let n = (await checkBatches(space)) + 1; ; n++) {
  await space.write(batch(n), 'strict');
  // Straight into the pipe: what the parent reads has been acknowledged, however soon the process ends.
  writeSync(1, `${n}\n`);
}
