/** A log on a relay's disk, served over HTTP and exported at every size where a tile begins, fills and ends, up to three levels. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { exportLog } from '../../relay/src/log-export.ts';
import { LogSite } from '../../relay/src/log-site.ts';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import { readSite, startSite } from '../../relay/src/static-site.ts';
import { toHex } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { logSigners } from '../../src/core/light/log-signers.ts';
import { decodeBundle } from '../../src/core/log/bundle.ts';
import { appendLeaves, emptyFrontier, type Frontier, frontierRoot } from '../../src/core/log/frontier.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { encodeNote } from '../../src/core/log/note.ts';
import { tileAt, tilePath } from '../../src/core/log/tile.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import { createNetwork } from '../../src/net/network.ts';
import { Chain } from '../../src/node/chain.ts';
import { ChainNode } from '../../src/node/chain-node.ts';
import { Cosigner } from '../../src/node/cosigning.ts';
import { newOwnRow } from '../../src/node/own-row.ts';
import { newTiles } from '../../src/node/published-log.ts';
import { systemClock, systemRandom } from '../../src/node/system-ports.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { TestChain } from '../support/chain.ts';
import { type Fetch, proves, readCheckpointBy } from '../support/log-client.ts';
import { relayGround } from '../support/relay-ground.ts';

/** The genesis is there from the start, so that no log of a chain is empty. */
const SIZES = [1, 255, 256, 257, 65_535, 65_536, 65_537];
/** A block takes at most 1,024. */
const BLOCK_ENTRIES = 1000;
const { path, atEnd } = relayGround();

/** A public chain on a relay's store, served as the relay does. */
async function published() {
  const [clock, random, verifier] = [systemClock(), systemRandom(), webCryptoVerifier()];
  const made = await TestChain.create({ signatures: 'fake', rules: { ...openLinkRules(), publicRead: true } });
  const store = sqliteStore(path('store'));
  const ledger = await made.createLedger(await store.space('chain'));
  const { signer } = made.founder;
  const node = await ChainNode.start(ledger, { clock, random, verifier, signer, voteSigner: undefined, networkKeys: [], failed: () => {} });
  const network = createNetwork({ transport: memoryHub().transport('relay'), clock, random, verifier });
  const chain = await Chain.over(node, network, newOwnRow({ name: 'Sizes', yourName: 'Alice', nextKeyIndex: 0, relays: [] }));
  const logs = new LogSite(
    () => [chain],
    () => chain.log.published(),
  );
  const server = await startSite({ host: '127.0.0.1', port: 0, site: readSite(path('site')), dynamic: (at) => logs.at(at) });
  atEnd(async () => {
    await server.close();
    await chain.close();
    await store.close();
  });
  const cosigner = new Cosigner(ledger, clock);
  return {
    chain,
    from: served(`http://127.0.0.1:${server.port}/${toHex(chain.id)}/`),
    /** Adds entries up to a size, and has the log signed there. */
    async grow(size: number, perBlock = BLOCK_ENTRIES): Promise<void> {
      for (let missing = size - ledger.tip.header.logSize; missing > 0; missing = size - ledger.tip.header.logSize)
        await ledger.commit(await made.entries(...Array.from({ length: Math.min(missing, perBlock) }, (_, i) => `${missing - i}`)));
      const [alice] = logSigners(chain.id, ledger.trust);
      const note = alice && (await cosigner.sign(size, ledger.tip.header.logRoot, alice, made.note));
      await node.run(() => node.duties.checkpoints.take(encodeNote(note ?? expect.fail('not signed')), undefined));
    },
  };
}

function served(url: string): Fetch {
  return async (name) => {
    const answer = await fetch(url + name);
    return answer.ok ? new Uint8Array(await answer.arrayBuffer()) : undefined;
  };
}

/** The entries from a bundle on, as leaf hashes. */
async function leavesFrom(from: Fetch, first: number, size: number) {
  const hashes = [];
  for (let index = first; ; index++) {
    const tile = tileAt('entries', index, size);
    if (tile === undefined) return hashes;
    const bundle = (await from(tilePath(tile))) ?? expect.fail(`${tilePath(tile)} is not served`);
    hashes.push(...unwrap(decodeBundle(bundle, tile.width)).map(leafHash));
  }
}

test('each size is served and exported with all its tiles, which add up to the signed root', { timeout: 240_000 }, async () => {
  const { chain, from, grow } = await published();
  expect(chain.log.size).toBe(1);
  expect(newTiles(0, 0)).toEqual([]);
  expect(await from('checkpoint')).toBeUndefined();
  const fromFiles: Fetch = async (name) => new Uint8Array(await readFile(join(path('files'), name)));
  // Full bundles never change: those below are not read again at the next size.
  let full: Frontier = emptyFrontier();
  for (const size of SIZES) {
    await grow(size);
    const { checkpoint } = await readCheckpointBy(from);
    expect(checkpoint.size).toBe(size);
    const first = full.size / 256;
    const hashes = await leavesFrom(from, first, size);
    expect(frontierRoot(appendLeaves(full, hashes))).toEqual(checkpoint.root);
    for (const index of [0, 254, 255, 256, 65_534, 65_535, 65_536, size - 1].filter((i) => i < size)) {
      await proves(from, checkpoint, index, await leafAt(from, index, size));
    }
    for (const beyond of [size, size + 255]) {
      const tile = tileAt(0, Math.floor(beyond / 256), beyond + 1) ?? expect.fail('a tile');
      expect(await from(tilePath(tile)), `${tilePath(tile)} of ${size}`).toBeUndefined();
    }
    await exportLog(chain, path('files'));
    for (const tile of newTiles(first * 256, size).slice(-8)) expect(await fromFiles(tilePath(tile))).toEqual(await from(tilePath(tile)));
    expect((await readCheckpointBy(fromFiles)).checkpoint).toEqual(checkpoint);
    await proves(fromFiles, checkpoint, size - 1, hashes.at(-1) ?? expect.fail('no leaf'));
    full = appendLeaves(full, hashes.slice(0, hashes.length - (size % 256)));
  }
});

test('what was exported of a row or a tile in part goes once all of it is there', { timeout: 60_000 }, async () => {
  const { chain, grow } = await published();
  const files = async () => (await readdir(path('files'), { recursive: true })).filter((one) => one.includes('000.p/')).sort();
  for (const size of [1, 2, 3]) {
    await grow(size, 1);
    await exportLog(chain, path('files'));
  }
  const kinds = ['headers', 'tile/0', 'tile/entries'];
  expect(await files()).toEqual(kinds.flatMap((kind) => [1, 2, 3].map((width) => `${kind}/000.p/${width}`)));
  await grow(260, 1);
  await exportLog(chain, path('files'));
  expect(await files()).toEqual(['tile/1/000.p/1']);
});

async function leafAt(from: Fetch, index: number, size: number) {
  const tile = tileAt('entries', Math.floor(index / 256), size) ?? expect.fail('a bundle');
  const bundle = (await from(tilePath(tile))) ?? expect.fail(`${tilePath(tile)} is not served`);
  return leafHash(unwrap(decodeBundle(bundle, tile.width))[index % 256] ?? expect.fail('no leaf'));
}
