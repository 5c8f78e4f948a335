/** Files kept at hand: how many bytes they take is known however they were asked for, and those in use stay. */
import { expect, test } from 'vitest';
import { KeptFiles } from '../../relay/src/kept-files.ts';
import { openFile } from '../../relay/src/static-site.ts';

const file = (bytes: number) =>
  openFile(new Uint8Array(bytes), { type: 'application/octet-stream', cache: 'no-cache', compressible: false });

/** Which of them are still there; each is used by that, in this order. */
function keptOf(kept: KeptFiles, ...paths: readonly string[]): string {
  return paths.filter((path) => kept.get(path) !== undefined).join('');
}

test('one that several have read at the same time counts once', () => {
  const kept = new KeptFiles(100);
  for (let i = 0; i < 30; i++) kept.keep('a', file(40));
  kept.keep('b', file(40));
  expect(keptOf(kept, 'a', 'b')).toBe('ab');
  kept.keep('c', file(20));
  expect(keptOf(kept, 'a', 'b', 'c')).toBe('abc');
});

test('over the bound the longest unused goes first, and none that fits in no way stays', () => {
  const kept = new KeptFiles(100);
  for (const path of ['a', 'b']) kept.keep(path, file(40));
  expect(kept.get('a')).toBeDefined();
  kept.keep('c', file(40));
  expect(keptOf(kept, 'a', 'b', 'c')).toBe('ac');
  kept.keep('d', file(101));
  expect(keptOf(kept, 'a', 'b', 'c', 'd')).toBe('');
});
