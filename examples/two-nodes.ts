/** Two nodes in one process: one makes a chain and sends a link, the other joins by it, and both agree on what was written. */

import { linkToCode, openInvitation, textOf } from '../src/index.ts';
import { memoryHub, openInMemory } from '../src/memory.ts';

const hub = memoryHub();
const alice = await openInMemory(hub);
const bob = await openInMemory(hub);

const hers = await alice.createChain({ name: 'Garden club', yourName: 'Alice' });
const { link } = await hers.invite({ role: 'writer' });
if (link === undefined) throw new Error('the invitation was made elsewhere');

// The code is what she would send; he opens it, and nothing is used up until he joins.
const opened = openInvitation(linkToCode(link));
if (!opened.ok) throw new Error(opened.refusal.detail);
for await (const stage of bob.join(opened.value, { name: 'Bob', signal: AbortSignal.timeout(10_000) }))
  console.log(stage.type === 'stage' ? stage.stage : stage.type);

const [his] = bob.chains();
if (his === undefined) throw new Error('he is not on the chain');
await his.append('Tomatoes are ripe.');
await hers.append('Bring baskets.');

while ((await hers.entries()).length < 2 || his.height < hers.height) await new Promise((resolve) => setTimeout(resolve, 10));
for (const chain of [hers, his]) console.log((await chain.entries()).map(textOf).join(' '));

await Promise.all([alice.close(), bob.close()]);
