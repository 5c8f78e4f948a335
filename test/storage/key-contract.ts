/** What every store of private keys promises, run on each of them. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { isAdmissibleKey, publicKeyOf, verifyZip215 } from '../../src/core/base/key.ts';
import type { KeyStore } from '../../src/node/ports.ts';

/** A place that key stores are opened on, one after the other. */
export interface KeyFixture {
  open(): KeyStore;
  /** True if keys are there for the next store opened here. */
  readonly persistent: boolean;
  destroy(): Promise<void>;
}

const CHAIN = 'ab'.repeat(32);

export function keyContract(name: string, makeFixture: () => Promise<KeyFixture>): void {
  describe(`keys: ${name}`, () => {
    let fixture: KeyFixture;
    let keys: KeyStore;
    beforeEach(async () => {
      fixture = await makeFixture();
      keys = fixture.open();
    });
    afterEach(() => fixture.destroy());

    test('a key that was made signs, and others can check it', async () => {
      const signer = await keys.make(`node/${CHAIN}`);
      expect(isAdmissibleKey(signer.publicKey)).toBe(true);
      for (const message of [utf8(''), utf8('a vote'), new Uint8Array(70_000).fill(7).subarray(3)]) {
        const signature = await signer.sign(message);
        expect(signature).toHaveLength(64);
        expect(verifyZip215(signer.publicKey, message, signature)).toBe(true);
        expect(verifyZip215(signer.publicKey, utf8('another'), signature)).toBe(false);
      }
    });

    test('a name has one key, however often and however fast it is made', async () => {
      const made = await Promise.all([1, 2, 3].map(() => keys.make('vote/new')));
      const again = await keys.make('vote/new');
      const found = await keys.get('vote/new');
      expect(new Set([...made, again, found].map((signer) => String(signer?.publicKey))).size).toBe(1);
      expect((await keys.make('vote/other')).publicKey).not.toEqual(again.publicKey);
    });

    test('a key that is adopted is the one of its seed, in place of what was there', async () => {
      const seed = new Uint8Array(32).fill(5);
      await keys.make(`node/${CHAIN}`);
      const adopted = await keys.adopt(`node/${CHAIN}`, seed);
      expect(adopted.publicKey).toEqual(publicKeyOf(seed));
      const found = await keys.get(`node/${CHAIN}`);
      const signature = await found?.sign(utf8('a rotation'));
      expect(signature !== undefined && verifyZip215(publicKeyOf(seed), utf8('a rotation'), signature)).toBe(true);
    });

    test('where no key was made there is none', async () => {
      expect(await keys.get('node/none')).toBeUndefined();
      await keys.delete('node/none');
    });

    test('a renamed key is the same key under the new name alone, also if asked for twice', async () => {
      const made = await keys.make('node/new');
      await keys.rename('node/new', `node/${CHAIN}`);
      await keys.rename('node/new', `node/${CHAIN}`);
      expect(await keys.get('node/new')).toBeUndefined();
      expect((await keys.get(`node/${CHAIN}`))?.publicKey).toEqual(made.publicKey);
      expect((await keys.make('node/new')).publicKey).not.toEqual(made.publicKey);
    });

    test('no key is renamed over another, and none that is not there', async () => {
      const [one, other] = [await keys.make('node/one'), await keys.make('node/other')];
      await expect(keys.rename('node/one', 'node/other')).rejects.toThrow(/node\/other/);
      await expect(keys.rename('node/none', 'node/nowhere')).rejects.toThrow(/node\/none/);
      await keys.rename('node/one', 'node/one');
      expect((await keys.get('node/one'))?.publicKey).toEqual(one.publicKey);
      expect((await keys.get('node/other'))?.publicKey).toEqual(other.publicKey);
    });

    test('a deleted key is gone, and its name can have a new one', async () => {
      const made = await keys.make('note/a');
      await keys.delete('note/a');
      expect(await keys.get('note/a')).toBeUndefined();
      expect((await keys.make('note/a')).publicKey).not.toEqual(made.publicKey);
    });

    test('keys are there when the store is opened again, if it keeps any', async () => {
      const made = await keys.make('node/kept');
      const found = await fixture.open().get('node/kept');
      expect(found?.publicKey).toEqual(fixture.persistent ? made.publicKey : undefined);
      const message = utf8('after');
      if (found !== undefined) expect(verifyZip215(made.publicKey, message, await found.sign(message))).toBe(true);
    });
  });
}

/** For stores that lie on a disk: names that are refused before anything is touched. */
export function keyNameContract(name: string, open: () => KeyStore): void {
  test.each(['', '/a', '../a', 'Node/a', 'a b', 'a+b', 'é', 'a\u0000', 'x'.repeat(201)])(`${name}: no key has the name %j`, async (bad) => {
    const keys = open();
    const refusal = expect.objectContaining({ name: 'RefusalError', code: 'storage-failed' });
    await expect(keys.get(bad)).rejects.toEqual(refusal);
    await expect(keys.make(bad)).rejects.toEqual(refusal);
    await expect(keys.delete(bad)).rejects.toEqual(refusal);
    await expect(keys.rename(bad, 'good')).rejects.toEqual(refusal);
    await expect(keys.rename('good', bad)).rejects.toEqual(refusal);
  });
}
