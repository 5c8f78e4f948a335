/** Comes back without the votes that it gave, or with the whole disk as it was long before: and votes again. */
import type { Store } from '../../../src/node/ports.ts';

export async function forget(store: Store): Promise<void> {
  for (const name of await store.spaces()) {
    if (!name.startsWith('chain-')) continue;
    const space = await store.space(name);
    await space.write(
      [
        { type: 'delete-range', table: 'votes', from: '', to: '~' },
        { type: 'delete-range', table: 'meta', from: 'candidate/', to: 'candidate/~' },
      ],
      'strict',
    );
  }
}
