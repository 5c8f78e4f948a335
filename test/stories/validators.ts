/**
 * Four machines decide together. Each is killed in turn while entries are written, and comes back; two at once stop the chain,
 * and it goes on by itself when one is back. At the end all have the same record, and nothing that was kept is missing.
 */
import { Ground } from './ground.ts';
import type { Operator } from './operator.ts';
import { see, type Tell } from './story.ts';

const CHAIN = 'Harbour';
const OTHERS = ['Beta', 'Gamma', 'Delta'] as const;
/** So long nothing may become final while two of four are down. */
const STANDSTILL_MS = 5_000;

export async function validators(tell: Tell, stage: AsyncDisposableStack): Promise<void> {
  const ground = await Ground.open('validators', stage);
  const story = new Validators(ground, tell);
  await story.found();
  for (const [i, name] of OTHERS.entries()) await story.grow(name, i + 2);
  for (const name of OTHERS) await story.losesOne(name);
  await story.losesTwo();
  await story.agrees();
}

class Validators {
  readonly #ground: Ground;
  readonly #tell: Tell;
  readonly #links = new Map<string, string>();
  readonly #written: string[] = [];

  constructor(ground: Ground, tell: Tell) {
    this.#ground = ground;
    this.#tell = tell;
  }

  get #alpha(): Operator {
    return this.#ground.operator('Alpha');
  }

  async found(): Promise<void> {
    await this.#tell('Alpha starts a relay and founds the chain, alone for now', async () => {
      await this.#ground.emptyPage();
      const alpha = await this.#ground.relay('Alpha');
      await alpha.types('chain', 'create', CHAIN);
    });
  }

  async grow(name: string, validators: number): Promise<void> {
    await this.#tell(`${name} joins, is granted the role, and takes a seat by itself`, async (note) => {
      const { url } = await this.#alpha.types('invite', CHAIN);
      this.#links.set(name, url);
      const node = await this.#ground.node(name, url);
      await node.isAdmitted();
      await this.#alpha.types('propose', 'grant', name, 'validator');
      await node.sees(`a seat of ${validators}`, async () => {
        const { validating, validators: seats } = await node.chain();
        return validating && seats === validators;
      });
      note(`${validators} validators`);
    });
  }

  async #write(operator: Operator, text: string): Promise<void> {
    await operator.asks('write', { text });
    this.#written.push(text);
  }

  /** Whether all that was written so far is final on this machine. */
  async #hasAll(operator: Operator): Promise<boolean> {
    const { entries } = await operator.asks('entries', { limit: 1000 });
    const final = new Set(entries.filter(({ state }) => state === 'final').map(({ text }) => text));
    return this.#written.every((text) => final.has(text));
  }

  async losesOne(name: string): Promise<void> {
    await this.#tell(`${name} is killed in mid-write: what is written becomes final all the same`, async () => {
      for (let i = 0; i < 3; i++) await this.#write(this.#alpha, `before ${name} dies ${i}`);
      await this.#ground.operator(name).stops('SIGKILL');
      for (let i = 0; i < 3; i++) await this.#write(this.#alpha, `while ${name} is away ${i}`);
      await this.#alpha.sees('all of it final', () => this.#hasAll(this.#alpha));
    });
    await this.#tell(`${name} starts again and has all of it`, () => this.#back(name));
  }

  async #back(name: string): Promise<void> {
    const node = await this.#ground.node(name, this.#links.get(name) ?? '');
    await node.sees('all that was written', async () => (await node.chain()).validating && (await this.#hasAll(node)));
  }

  async losesTwo(): Promise<void> {
    await this.#tell('Gamma and Delta are killed: nothing becomes final any more', async () => {
      for (const name of ['Gamma', 'Delta']) await this.#ground.operator(name).stops('SIGKILL');
      await this.#write(this.#alpha, 'with two of four');
      await new Promise((resolve) => setTimeout(resolve, STANDSTILL_MS));
      see(!(await this.#hasAll(this.#alpha)), 'two of four do not make a quorum');
    });
    await this.#tell('Gamma is back, and the chain goes on by itself', async () => {
      await this.#back('Gamma');
      await this.#alpha.sees('what waited is final', () => this.#hasAll(this.#alpha));
    });
    await this.#tell('Delta is back too', () => this.#back('Delta'));
  }

  async agrees(): Promise<void> {
    await this.#tell('all four have the same record, and nothing is missing', async (note) => {
      await this.#write(this.#alpha, 'the end');
      for (const name of ['Alpha', ...OTHERS]) {
        const operator = this.#ground.operator(name);
        await operator.sees('the end', () => this.#hasAll(operator));
      }
      await this.#alpha.sees('one tip', async () => {
        const tips = await Promise.all(['Alpha', ...OTHERS].map(async (name) => (await this.#ground.operator(name).chain()).tip));
        return new Set(tips).size === 1;
      });
      note(`height ${(await this.#alpha.chain()).height}, ${this.#written.length} entries`);
    });
  }
}
