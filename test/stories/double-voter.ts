/**
 * One of four validators runs a build of its own: the shipped code without the lock that keeps it from voting twice in one
 * place. The others convict it on the chain, it loses role and seat, and they go on without it.
 */
import { type Edit, Ground } from './ground.ts';
import { see, type Tell } from './story.ts';

const CHAIN = 'Harbour';
const HONEST = ['Alpha', 'Beta', 'Gamma'] as const;
const LIAR = 'Delta';

/** The book of votes no longer minds that another was given, and each vote for a block is followed by one for another. */
export const WITHOUT_LOCK: readonly Edit[] = [
  { file: 'src/node/vote-book.ts', from: 'return before && same(before, subject);', to: 'return undefined;' },
  {
    file: 'src/node/validator.ts',
    from: "this.#ports.peers.broadcast({ type: 'votes', votes: [vote] });",
    to: `this.#ports.peers.broadcast({ type: 'votes', votes: [vote] });
    if (subject.kind !== 'notarize' || subject.block === undefined) return;
    const other = subject.block.slice().reverse() as typeof subject.block;
    const seconds = await this.#book.give([{ ...subject, block: other }], this.#replica.seat, []);
    this.#ports.peers.broadcast({ type: 'votes', votes: seconds });`,
  },
];

export async function doubleVoter(tell: Tell, stage: AsyncDisposableStack): Promise<void> {
  const ground = await Ground.open('double-voter', stage);
  const link = await found(tell, ground);
  await vote(tell, ground, link);
  await goOn(tell, ground);
}

async function found(tell: Tell, ground: Ground): Promise<string> {
  return tell('Alpha founds a chain; Beta, Gamma and Delta take seats', async () => {
    await ground.emptyPage();
    const alpha = await ground.relay('Alpha');
    await alpha.types('chain', 'create', CHAIN);
    const { url } = await alpha.types('invite', CHAIN, '--uses', '0');
    for (const [i, name] of ['Beta', 'Gamma', LIAR].entries()) {
      const node = await ground.node(name, url);
      await node.isAdmitted();
      await alpha.types('propose', 'grant', name, 'validator');
      await node.sees('its seat', async () => (await node.chain()).validating && (await node.chain()).validators === i + 2);
    }
    return url;
  });
}

async function vote(tell: Tell, ground: Ground, link: string): Promise<void> {
  await tell('Delta is restarted as a build without the lock, which votes twice in one view', async () => {
    const build = await ground.build('without-lock', WITHOUT_LOCK);
    await ground.operator(LIAR).stops();
    await ground.node(LIAR, link, [], build);
  });
  await tell('the others convict it on the chain: Delta loses the role and its seat', async (note) => {
    const alpha = ground.operator('Alpha');
    let written = 0;
    await alpha.sees('three validators', async () => {
      if ((await alpha.chain()).validators === HONEST.length) return true;
      // A view to vote in.
      await alpha.asks('write', { text: `Entry ${written++}` });
      return false;
    });
    const { members } = await alpha.asks('members');
    see(members.find(({ name }) => name === LIAR)?.roles.includes('validator') === false, 'Delta is no validator any more');
    for (const name of HONEST)
      see(members.find((one) => one.name === name)?.roles.includes('validator') === true, `${name}, who did nothing, still is one`);
    note(`after ${written} entries: ${(await alpha.chain()).consensus.validators.map(({ name }) => name).join(', ')}`);
  });
}

async function goOn(tell: Tell, ground: Ground): Promise<void> {
  await tell('the three go on without it, and Delta sees what became of it', async () => {
    const { final } = await ground.operator('Beta').types('write', 'Without Delta.');
    see(final, 'what Beta writes is final');
    const tip = async (name: string) => (await ground.operator(name).chain()).tip;
    for (const name of HONEST) await ground.operator(name).sees('one tip', async () => (await tip(name)) === (await tip('Alpha')));
    const delta = ground.operator(LIAR);
    await delta.sees('that it does not vote', async () => !(await delta.chain()).validating);
  });
}
