/**
 * A relay that is a chain's one validator shows one browser one history and another browser another, then goes on as if nothing
 * had happened: in a build that looks at no fork and tells nobody of one. The browsers meet; both stop, keep the proof, and show it.
 */
import { readFile } from 'node:fs/promises';
import { freePorts } from '../e2e/free-ports.ts';
import { PATIENCE_MS, Person } from '../e2e/person.ts';
import { runRelay } from '../support/relay-process.ts';
import { OPERATOR, Scene } from './audit-scene.ts';
import { type Edit, Ground } from './ground.ts';
import { addEntry } from './own-disk.ts';
import { see, type Tell } from './story.ts';

const CHAIN = 'Harbour';
const HISTORIES = { Ada: 'The berth is Beta’s.', Ben: 'The berth is Gamma’s.' } as const;
type Name = keyof typeof HISTORIES;
const NAMES: readonly Name[] = ['Ada', 'Ben'];

export const SEES_NO_FORK: readonly Edit[] = [
  {
    file: 'src/node/fork-watch.ts',
    from: 'async #take(proof: ForkProof): Promise<void> {',
    to: 'async #take(proof: ForkProof): Promise<void> {\n    if (proof !== undefined) return;',
  },
  // Nor does it show one of them what its validator has signed for the other.
  {
    file: 'src/node/checkpoints.ts',
    from: 'async #differs(checkpoint: Checkpoint, { text, signatures }: Note): Promise<void> {',
    to: "async #differs(checkpoint: Checkpoint, { text, signatures }: Note): Promise<void> {\n    if (text !== '') return;",
  },
];

/** Somebody's browser and where their page of the chain is. */
interface Reader {
  readonly person: Person;
  readonly address: string;
}

export async function splitView(tell: Tell, stage: AsyncDisposableStack): Promise<void> {
  const scene = new Scene(await Ground.open('split-view', stage), await freePorts());
  const { ground } = scene;
  await tell('the page and the relay’s other build are made', async () => {
    await ground.buildPage();
    await ground.build('sees-no-fork', SEES_NO_FORK);
  });
  const readers = await comeIn(tell, scene, stage);
  await showEachItsOwn(tell, scene, readers);
  await meet(tell, scene, readers);
}

async function comeIn(tell: Tell, scene: Scene, stage: AsyncDisposableStack): Promise<ReadonlyMap<Name, Reader>> {
  const readers = new Map<Name, Reader>();
  await tell('Alpha founds a chain on its relay; Ada and Ben come in with their browsers', async () => {
    const alpha = await scene.alpha();
    await alpha.types('chain', 'create', CHAIN);
    const { url } = await alpha.types('invite', CHAIN, '--uses', '0');
    for (const name of NAMES) {
      const person = await Person.arrive(name);
      stage.defer(() => person.leave());
      await person.joins(url);
      readers.set(name, { person, address: person.page.url() });
    }
  });
  await tell('they close their pages, and Alpha makes a copy of its disk', async () => {
    for (const { person } of readers.values()) await person.page.goto('about:blank');
    await scene.ground.operator(OPERATOR).stops();
    await scene.keep(OPERATOR, 'before');
  });
  return readers;
}

/** Each is there alone, and finds that what it sees is final. */
async function showEachItsOwn(tell: Tell, scene: Scene, readers: ReadonlyMap<Name, Reader>): Promise<void> {
  for (const [name, { person, address }] of readers) {
    await tell(`Alpha shows ${name}: ${HISTORIES[name]}`, async () => {
      await scene.bringBack(OPERATOR, 'before');
      await addEntry(scene.file(OPERATOR), HISTORIES[name]);
      const alpha = await scene.alpha();
      await person.page.goto(address);
      await person.entry(HISTORIES[name], 'final').waitFor();
      await person.page.getByText('Verified by you').waitFor();
      await person.page.goto('about:blank');
      await alpha.stops();
    });
  }
}

async function meet(tell: Tell, scene: Scene, readers: ReadonlyMap<Name, Reader>): Promise<void> {
  await tell('both come back, to a relay that looks at no fork and tells of none', async () => {
    await scene.alpha(scene.file('sees-no-fork/relay/bin/latchkey-relay.mjs'));
    for (const { person, address } of readers.values()) await person.page.goto(address);
  });
  for (const [name, { person }] of readers) {
    await tell(`caught: ${name}’s page says that there are two histories, and offers nothing to write with`, async () => {
      await stopped(person);
      await person.entry(HISTORIES[name], 'final').waitFor();
      await person.page.reload();
      await stopped(person);
      see(person.errors.length === 0, `no script of the page failed: ${person.errors.join('; ')}`);
    });
    await tell(`the proof that ${name} saves convinces anybody, and names Alpha’s seat`, async (note) => {
      const file = scene.file(`${name}.fork`);
      const { page } = person;
      const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save the proof' }).click()]);
      await saved.saveAs(file);
      const { code, stdout } = await runRelay('verify', file);
      see(code === 0 && stdout.includes('was made final'), `the proof holds: ${stdout}`);
      note(
        `verify ${name}.fork, ${(await readFile(file)).length} bytes: ${stdout.split('\n').find((line) => line.includes('was made final'))}`,
      );
    });
  }
  await tell('only the relay knows of nothing', async () => {
    see((await scene.ground.operator(OPERATOR).chain()).fork === null, 'it does not look');
  });
}

async function stopped({ page }: Person): Promise<void> {
  await page.getByRole('alert', { name: 'This chain has two histories' }).waitFor({ timeout: 2 * PATIENCE_MS });
  see((await page.getByRole('textbox', { name: 'New entry' }).count()) === 0, 'there is nothing to write with');
}
