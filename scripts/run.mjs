// Starts scripts/NAME.ts. Plain JavaScript for any Node: an old one dies on TypeScript before it can say that it is too old.
const NODE_MAJOR_MIN = 24;

if (Number.parseInt(process.versions.node, 10) < NODE_MAJOR_MIN) {
  console.error(
    `Latchkey needs Node ${NODE_MAJOR_MIN} or later, this is ${process.version}: start it through npm (npm start, npm test), which uses the Node that npm ci installed.`,
  );
  process.exit(1);
}
const [name, ...rest] = process.argv.slice(2);
process.argv.splice(2, process.argv.length, ...rest);
await import(`./${name}.ts`);
