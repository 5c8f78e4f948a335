/** The page's log over real nodes in memory: what was done is told in words' stead as plain data, proved, and exported to be audited. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { isolatedName } from '../../src/core/base/shown-name.ts';
import { openInMemory } from '../../src/memory.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import type { Latchkey } from '../../src/node/latchkey.ts';
import { checkLogProof } from '../../src/node/log-proof-check.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { FILES_MAX, type LogFilter, type LogItemView } from '../../src/ui/log-item-views.ts';
import { NodeApp } from '../../src/ui/node-app.ts';
import { readReceipt } from '../../src/ui/receipt-reading.ts';
import { Zip } from '../../src/ui/zip.ts';
import { Coming } from '../support/coming.ts';
import { until } from '../support/device.ts';
import { withBit } from '../support/log-tiles.ts';
import { relayGround } from '../support/relay-ground.ts';
import { runRelay } from '../support/relay-process.ts';

const ground = relayGround();
const open: NodeApp[] = [];
afterEach(async () => {
  for (const app of open.splice(0)) await app.close();
});

const ALL: LogFilter = { member: undefined, kinds: undefined, id: undefined };
const options = () => ({ name: 'Ben', signal: AbortSignal.timeout(30_000) });

async function appOf(latchkey: Latchkey): Promise<NodeApp> {
  const space = await memoryStore().space('page');
  const app = await NodeApp.open({ latchkey, space, siteRelays: [], siteUrl: 'https://site.example/', now: () => Date.now() });
  open.push(app);
  return app;
}

/** A consortium of Ada and Ben, whom she approved, with an entry that was erased and an invitation that was closed. */
async function harbour() {
  const hub = memoryHub();
  const latchkey = await openInMemory(hub);
  const chain = await latchkey.createChain({ name: 'Harbour', yourName: 'Ada', template: 'consortium' });
  const { id, link } = await chain.invite({ role: 'federation' });
  await until(chain, () => chain.node.ledger.state.get('invitation', id) !== undefined);
  const guest = await openInMemory(hub);
  const coming = new Coming((signal) => guest.join(link ?? expect.fail('the seed is here'), { ...options(), signal }));
  await until(chain, () => chain.governance.requests().some(({ status }) => status === 'pending'));
  const [request] = chain.governance.requests();
  await chain.governance.approve(request?.id ?? expect.fail('he asks'), 'We know Ben.');
  expect(await coming.over()).toBe('joined');
  await chain.append('The crane is repaired.');
  const erased = await chain.append('Its price was 12,000.');
  await until(chain, () => chain.pending().length === 0);
  const [, entry] = await chain.entries();
  await chain.erase({ id: erased, index: entry?.index });
  await chain.revoke((await chain.invite({ role: 'observer', uses: 0 })).id);
  await until(chain, () => chain.erasures === 1 && chain.pendingActions().length === 0);
  const { size } = chain.log;
  await until(chain, () => chain.log.signed()?.vouched === true && (chain.log.signed()?.checkpoint.size ?? 0) >= size);
  open.push(await appOf(guest));
  return { app: await appOf(latchkey), chain, id: toHex(chain.id) };
}

describe('the log of the page', () => {
  test('tells who did what, with the words that are beside it and without those that were erased', async () => {
    const { app, id } = await harbour();
    const { items, next } = unwrap(await app.readLog(id, ALL, { before: undefined, limit: 50 }));
    expect(next).toBe(0);
    const told = items.map(({ by, deed }) => [by?.name, deed.type]).reverse();
    expect(told.slice(0, 7)).toEqual([
      [undefined, 'genesis'],
      ['Ada', 'invite'],
      ['Ben', 'join'],
      ['Ada', 'approve'],
      ['Ada', 'entry'],
      ['Ada', 'entry'],
      ['Ada', 'erase-body'],
    ]);
    const deed = (type: LogItemView['deed']['type']) => items.find((item) => item.deed.type === type)?.deed;
    expect(deed('genesis')).toMatchObject({ name: 'Harbour', founders: [{ name: 'Ada', you: true }] });
    expect(deed('join')).toMatchObject({ asked: true, role: 'federation', invitedBy: { name: 'Ada' } });
    expect(deed('approve')).toMatchObject({
      subject: { type: 'request', kind: 'join', name: 'Ben', role: 'federation' },
      reason: 'We know Ben.',
    });
    expect(deed('revoke-invite')).toMatchObject({ role: 'observer', issuer: { name: 'Ada' } });
    const texts = items.flatMap((item) => (item.deed.type === 'entry' ? [item.deed.content] : []));
    expect(texts).toMatchObject([
      { type: 'erased', by: { by: 'author', name: 'Ada' } },
      { type: 'text', text: 'The crane is repaired.' },
    ]);
    const ben = items.find(({ deed: { type } }) => type === 'join')?.by?.id;
    const bens = unwrap(await app.readLog(id, { ...ALL, member: ben }, { before: undefined, limit: 50 }));
    expect(bens.items.map((item) => item.deed.type)).toEqual(['join']);
    expect(await app.readLog(id, { ...ALL, id: 'abc' }, { before: undefined, limit: 50 })).toMatchObject({
      ok: false,
      refusal: { code: 'malformed' },
    });
  });

  test('proves each transaction with a file that holds by itself, that of the erased text too', async () => {
    const { app, chain, id } = await harbour();
    const { items } = unwrap(await app.readLog(id, ALL, { before: undefined, limit: 50 }));
    for (const { index } of items) {
      const { file = expect.fail('a checkpoint covers it'), proves } = unwrap(await app.proveLogged(id, index));
      expect(proves[0]).toContain(`stands at place ${index} of the log of ${isolatedName('Harbour')}`);
      expect(unwrap(await checkLogProof(file, webCryptoVerifier())).index).toBe(index);
      // Any copy of the page reads it, where receipts are read.
      expect(unwrap(await readReceipt(file)).title).toBe(`Place ${index} in the log of ${isolatedName('Harbour')}`);
      expect(await readReceipt(withBit(file, 8 * file.length - 90))).toMatchObject({ ok: false });
    }
    await chain.append('One more.');
    await until(chain, () => chain.pending().length === 0);
    const early = unwrap(await app.proveLogged(id, chain.log.size - 1));
    expect(early.file === undefined || chain.log.signed()?.checkpoint.size === chain.log.size).toBe(true);
    expect(await app.proveLogged(id, chain.log.size)).toMatchObject({ ok: false, refusal: { code: 'not-available' } });
  });

  test('is saved as an archive that unpacks to a log which an audit passes', { timeout: 60_000 }, async () => {
    const { app, id } = await harbour();
    const { paths, changing, size } = unwrap(await app.listLogFiles(id));
    const files = [...changing];
    for (let from = 0; from < paths.length; from += FILES_MAX) {
      files.push(...unwrap(await app.readLogFiles(id, paths.slice(from, from + FILES_MAX))));
    }
    const folder = ground.path('harbour');
    const zip = new Zip();
    const archive = Buffer.concat([...files.flatMap(({ path, bytes }) => zip.add(path, bytes)), ...zip.end()]);
    for (const [path, bytes] of unpacked(archive)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), bytes);
    }
    const audited = await runRelay('audit', folder, '--data', ground.path('audit'), '--json');
    expect(audited.code).toBe(0);
    expect(JSON.parse(audited.stdout)).toMatchObject({ fault: null });
    expect(size).toBeGreaterThan(6);
  });
});

/** Read back as the format says: by the directory at its end. */
function unpacked(archive: Buffer): ReadonlyMap<string, Uint8Array> {
  const end = archive.length - 22;
  expect(archive.readUInt32LE(end)).toBe(0x0605_4b50);
  const files = new Map<string, Uint8Array>();
  let at = archive.readUInt32LE(end + 16);
  for (let count = archive.readUInt16LE(end + 10); count > 0; count--) {
    expect(archive.readUInt32LE(at)).toBe(0x0201_4b50);
    const [length, name, header] = [archive.readUInt32LE(at + 24), archive.readUInt16LE(at + 28), archive.readUInt32LE(at + 42)];
    const path = archive.toString('utf8', at + 46, at + 46 + name);
    const from = header + 30 + archive.readUInt16LE(header + 26) + archive.readUInt16LE(header + 28);
    files.set(path, archive.subarray(from, from + length));
    at += 46 + name;
  }
  expect(at).toBe(end);
  return files;
}
