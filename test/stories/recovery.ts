import type { Tell } from './story.ts';
export async function recovery(tell: Tell, _stage: AsyncDisposableStack): Promise<void> {
  await tell('not told yet', () => Promise.reject(new Error('this story is not written yet')));
}
