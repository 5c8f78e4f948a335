/** `npm run vectors`: says which frozen vectors differ from what the code gives; `-- --write` freezes what it gives now. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vectorFiles, vectorText } from '../test/support/vectors.ts';
import { ROOT } from './command.ts';

const write = process.argv.includes('--write');
for (const [name, content] of Object.entries(await vectorFiles())) {
  const path = join(ROOT, 'test/vectors', name);
  const text = vectorText(content);
  const same = !write && readFileSync(path, 'utf8') === text;
  if (write) writeFileSync(path, text);
  if (!write && !same) process.exitCode = 1;
  console.error(write ? `frozen: ${name}` : `${same ? 'same' : 'DIFFERS'}: ${name}`);
}
