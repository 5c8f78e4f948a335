#!/usr/bin/env node
// Plain JavaScript for any Node: an old one dies on TypeScript before it can say that it is too old.
import { existsSync } from 'node:fs';

const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  console.error(
    `latchkey-relay needs Node ${NODE_MAJOR_MIN} or later, this is ${process.version}: install a newer one from nodejs.org or with your package manager.`,
  );
  process.exit(1);
}
// In the project Node runs the sources; a package carries none, because Node strips no types below node_modules.
const sources = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/relay/src/cli/main.js', import.meta.url);
const { main } = await import(existsSync(sources) ? sources.href : built.href);
process.exit(await main(process.argv.slice(2)));
