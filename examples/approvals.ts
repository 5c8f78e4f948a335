/** A group that decides who joins: a link lets Bob ask, Alice reads what it would lead to and approves, and anybody can see why he is there. */

import { type Chain, linkToUrl } from '../src/index.ts';
import { memoryHub, openInMemory } from '../src/memory.ts';

const hub = memoryHub();
const alice = await openInMemory(hub);
const bob = await openInMemory(hub);

/** Settles when the chain is so, asked anew after each change. */
async function until(chain: Chain, isSo: () => boolean): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => (isSo() ? resolve() : undefined);
  const stop = chain.subscribe(look);
  look();
  return promise.finally(stop);
}

const hers = await alice.createChain({ name: 'Harbour', yourName: 'Alice', template: 'members-approve' });
for (const { about, holds } of hers.governance.rulesText().slice(0, 3)) console.log(`${about}: ${holds}`);

const { link } = await hers.invite({ role: 'federation' });
if (link === undefined) throw new Error('the invitation was made elsewhere');
console.log(linkToUrl(link, 'https://example.org/').slice(0, 24));

// Bob opens the link and asks; he waits until the federation has decided, over restarts too.
const asking = (async () => {
  for await (const stage of bob.join(link, { name: 'Bob', signal: AbortSignal.timeout(10_000) }))
    if (stage.type === 'joined') return stage.chain;
  throw new Error('a join ends with joined or with a refusal');
})();

await until(hers, () => hers.governance.requests().length > 0);
const [request] = hers.governance.requests();
if (request === undefined) throw new Error('it waited a moment ago');
const { before, after } = hers.governance.consequence(request.id);
console.log(`${request.name} as ${request.role}: ${before.federation} decides now, ${after.federation} will`);
await hers.governance.approve(request.id, 'We know him');

const his = await asking;
const you = his.you();
const story = you === undefined ? undefined : his.governance.why(you.id);
console.log(`${story?.member.name} is here by ${story?.how} of ${story?.invitation?.issuer.name}. ${story?.rule}`);
console.log(`Approved by ${story?.decisions.map(({ name }) => name).join(', ')}`);
await Promise.all([alice.close(), bob.close()]);
