/** Builds the page once before the stories: a relay of theirs serves what `npm start` would. */
import { build } from 'vite';

export async function setup(): Promise<void> {
  await build({ logLevel: 'warn' });
}
