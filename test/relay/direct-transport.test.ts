import { expect, test } from 'vitest';
import { onceEach } from '../../relay/src/direct-transport.ts';

/** Connections that are half-open until the test ends them. */
function setUp() {
  const open = new Map<string, PromiseWithResolvers<void>>();
  const take = onceEach((name) => {
    const taken = Promise.withResolvers<void>();
    open.set(name, taken);
    return taken.promise;
  });
  const ask = (name: string, host = '192.0.2.1') => take(name, host, 4000, new AbortController().signal);
  return { open, ask };
}

test('a request that is repeated makes one connection, and may come again when that has ended', async () => {
  const { open, ask } = setUp();
  const first = ask('a');
  await ask('a');
  expect([...open.keys()]).toEqual(['a']);
  open.get('a')?.reject(new Error('timed out'));
  await expect(first).rejects.toThrow('timed out');
  open.clear();
  void ask('a');
  expect([...open.keys()]).toEqual(['a']);
});

test('one source has so many half-open connections and no more, and leaves room for others', () => {
  const { open, ask } = setUp();
  for (let i = 0; i < 1_000; i++) void ask(`flood ${i}`);
  expect(open.size).toBe(32);
  void ask('another', '192.0.2.2');
  expect(open.has('another')).toBe(true);
});

test('many sources together have an end too', () => {
  const { open, ask } = setUp();
  for (let i = 0; i < 1_000; i++) void ask(`flood ${i}`, `192.0.2.${i}`);
  expect(open.size).toBe(128);
});
