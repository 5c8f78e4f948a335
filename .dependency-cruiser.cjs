// Imports point one way (ARCHITECTURE.md, "Rooms"). Read by scripts/layers.ts; test/ground plants violations and sees them refused.

/** A room may import itself and the rooms before it. */
const ROOMS = ['core', 'node', 'storage', 'net', 'ui'];
/** The same inside the core. */
const CORE_ROOMS = ['base', 'codec', 'log', 'policy', 'membership', 'consensus', 'light'];
const LIBP2P = '^node_modules/(libp2p|@libp2p|@chainsafe|@multiformats|multiformats|it-[^/]+|uint8array[^/]+|node-datachannel)/';

const onlyEarlier = (parent, rooms) =>
  rooms.slice(0, -1).map((room, i) => ({
    name: `${parent}/${room}-imports-only-earlier-rooms`.replace('src/', ''),
    severity: 'error',
    from: { path: `^${parent}/${room}/` },
    to: { path: `^${parent}/(${rooms.slice(i + 1).join('|')})/` },
  }));

const forbid = (name, from, to) => ({ name, severity: 'error', from, to });

module.exports = {
  forbidden: [
    ...onlyEarlier('src', ROOMS),
    ...onlyEarlier('src/core', CORE_ROOMS),
    // Type-only imports count: a cycle of types is a cycle of ideas.
    forbid('no-cycle', {}, { circular: true }),
    // An allow-list: Node's own modules and what does not resolve are refused with the rest.
    forbid('core-is-pure', { path: '^src/core/' }, { pathNot: '^(src/core/|node_modules/(@noble/|@scure/base/|cborg/))' }),
    forbid('libp2p-stays-in-net', { path: '^(src|relay|examples)/', pathNot: '^(src/net|relay)/' }, { path: LIBP2P }),
    forbid('dexie-stays-in-storage', { path: '^(src|relay|examples)/', pathNot: '^src/storage/' }, { path: '^node_modules/dexie/' }),
    forbid(
      'lit-stays-in-ui',
      { path: '^(src|relay|examples)/', pathNot: '^src/(ui/|main\\.ts$)' },
      { path: '^node_modules/(lit|@lit|lit-[^/]+)/' },
    ),
    // What runs in a page has no Node below it.
    forbid('src-runs-in-browsers', { path: '^src/' }, { dependencyTypes: ['core'] }),
    forbid('src-knows-no-relay', { path: '^src/' }, { path: '^(relay|node_modules/@latchkey)/' }),
    forbid('no-shipped-test-code', { path: '^(src|relay)/' }, { path: '^(test|examples|scripts)/' }),
    forbid('no-own-index', { path: '^src/(.+)/' }, { path: '^src/$1/index\\.ts$' }),
    // The page is the first to use what any other page can have.
    forbid(
      'composition-roots-are-roots',
      { path: '^src/', pathNot: '^src/ui/(browser-app|worker-replayer)\\.ts$' },
      { path: '^src/[^/]+\\.ts$' },
    ),
    // A worker begins at a root of its own, of which the page knows the address alone.
    forbid(
      'the-page-starts-one-worker',
      { path: '^src/ui/worker-replayer\\.ts$' },
      { path: '^src/[^/]+\\.ts$', pathNot: '^src/replay-worker\\.ts$' },
    ),
    forbid('the-page-uses-one-root', { path: '^src/ui/browser-app\\.ts$' }, { path: '^src/[^/]+\\.ts$', pathNot: '^src/browser\\.ts$' }),
    forbid('only-the-page-has-ui', { path: '^(src/(index|memory|browser|network)\\.ts$|relay/)' }, { path: '^src/ui/' }),
    forbid('node-programs-reach-no-dexie', { path: '^src/network\\.ts$' }, { path: '^node_modules/dexie/', reachable: true }),
    // An embedder's first test, and the simulator, load no network.
    forbid('memory-reaches-no-libp2p', { path: '^src/memory\\.ts$' }, { path: LIBP2P, reachable: true }),
  ],
  options: {
    // TypeScript 7 has no JavaScript API; with the default parser type-only imports would be missing without a word.
    parser: 'swc',
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(relay/)?dist/' },
    preserveSymlinks: true,
    enhancedResolveOptions: { extensions: ['.ts', '.mjs', '.js'], exportsFields: ['exports'], conditionNames: ['import', 'default'] },
  },
};
