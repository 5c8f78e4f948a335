/**
 * Four machines decide together while two people write in browsers. Each machine is killed in turn in mid-write and comes
 * back, one is stopped for a while, one loses its disk, and two at once stop the chain until one is back. At the end all
 * disks hold the same record, with everything that was ever shown as final, once.
 */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Person } from '../e2e/person.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { Ground } from './ground.ts';
import { readRecord } from './kept-record.ts';
import type { Operator } from './operator.ts';
import { Scribe } from './scribe.ts';
import { type Note, see, type Tell } from './story.ts';

export interface ValidatorsOptions {
  /** How often a machine is killed. */
  readonly kills: number;
  /** For how long one is stopped. */
  readonly pauseSeconds: number;
  /** Decides when a machine is killed. */
  readonly seed: number;
}

const CHAIN = 'Harbour';
const NAMES = ['Alpha', 'Beta', 'Gamma', 'Delta'] as const;
/** Within a second and a half an entry is typed, sent, proposed, voted on and written on every machine, more than once. */
const KILL_WITHIN_MS = 1_500;
/** So long the chain is watched for standing still. */
const STANDSTILL_MS = 5_000;
/** After so long nobody would call it going on. */
const GOES_ON_WITHIN_MS = 120_000;

export function validators(options: ValidatorsOptions) {
  return async (tell: Tell, stage: AsyncDisposableStack): Promise<void> => {
    const ground = await Ground.open('validators', stage);
    const story = new Validators(ground, tell, options);
    await story.found();
    await story.grow();
    await story.write();
    await story.killEach();
    await story.pauseOne();
    await story.loseDisk();
    await story.loseTwo();
    await story.agree();
  };
}

class Validators {
  readonly #ground: Ground;
  readonly #tell: Tell;
  readonly #options: ValidatorsOptions;
  readonly #random: () => number;
  readonly #links = new Map<string, string>();
  readonly #ports = new Map<string, string>();
  readonly #scribes: Scribe[] = [];

  constructor(ground: Ground, tell: Tell, options: ValidatorsOptions) {
    this.#ground = ground;
    this.#tell = tell;
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  #one(name: string): Operator {
    return this.#ground.operator(name);
  }

  // ---------------------------------------------------------------- how it begins

  async found(): Promise<void> {
    await this.#tell('the page is built', () => this.#ground.buildPage());
    await this.#tell('Alpha starts a relay and founds the chain, alone for now', async () => {
      await this.#starts('Alpha');
      await this.#one('Alpha').types('chain', 'create', CHAIN);
    });
  }

  /** Starts a machine, on its old data and port if it has any. */
  async #starts(name: string, ...more: readonly string[]): Promise<Operator> {
    const link = this.#links.get(name);
    const port = this.#ports.get(name);
    const args = [...(port === undefined ? [] : ['--p2p-port', port]), ...more];
    const operator = await (link === undefined ? this.#ground.relay(name, args) : this.#ground.node(name, link, args));
    this.#ports.set(name, /\/tcp\/(\d+)\/ws/.exec(operator.ready.addresses.join(' '))?.[1] ?? '0');
    return operator;
  }

  async grow(): Promise<void> {
    for (const [i, name] of NAMES.slice(1).entries()) {
      await this.#tell(`${name} joins, is granted the role, and takes a seat by itself`, async (note) => {
        this.#links.set(name, (await this.#one('Alpha').types('invite', CHAIN)).url);
        const node = await this.#starts(name);
        await node.isAdmitted();
        await this.#one('Alpha').types('propose', 'grant', name, 'validator');
        await node.sees(`a seat of ${i + 2}`, async () => {
          const { validating, validators: seats } = await node.chain();
          return validating && seats === i + 2;
        });
        note((await this.#consensus(name)).says.join('\n'));
      });
    }
  }

  async #consensus(name: string) {
    return (await this.#one(name).chain()).consensus;
  }

  async write(): Promise<void> {
    await this.#tell('Fay and Gil join in browsers and begin to write, entry after entry', async () => {
      for (const name of ['Fay', 'Gil']) {
        const person = await Person.arrive(name);
        this.#ground.ends(() => person.leave());
        await person.joins((await this.#one('Alpha').types('invite', CHAIN)).url);
        this.#scribes.push(new Scribe(person));
      }
      for (const scribe of this.#scribes) scribe.begin();
      await this.#goesOn();
    });
  }

  /** Something that is written from now on becomes final on both pages; gives the longest time that it took, ms. */
  async #goesOn(): Promise<number> {
    return Math.max(...(await Promise.all(this.#scribes.map((scribe) => scribe.goesOn(GOES_ON_WITHIN_MS)))));
  }

  // ---------------------------------------------------------------- one is down

  async killEach(): Promise<void> {
    const { kills } = this.#options;
    const round = NAMES.length;
    for (let done = 0; done < kills; done += round) {
      const victims = NAMES.slice(0, kills - done);
      await this.#tell(
        `${victims.join(', ')} ${victims.length === 1 ? 'is' : 'are each'} killed in mid-write, and come back`,
        async (note) => {
          const took: { readonly onMs: number; readonly levelMs: number }[] = [];
          for (const name of victims) took.push(await this.#kill(name));
          const [on, level] = [took.map(({ onMs }) => onMs), took.map(({ levelMs }) => levelMs)];
          note(
            `${done + victims.length} kills; with one down entries went on within ${seconds(on)} s, and it was level again ${seconds(level)} s after its start`,
          );
        },
      );
    }
  }

  async #kill(name: string): Promise<{ readonly onMs: number; readonly levelMs: number }> {
    await setTimeout(this.#random() * KILL_WITHIN_MS);
    await this.#one(name).stops('SIGKILL');
    const onMs = await this.#goesOn();
    return { onMs, levelMs: await this.#back(name) };
  }

  /** It votes again, and has all that the others have; gives how long that took once it was ready. */
  async #back(name: string): Promise<number> {
    await this.#starts(name);
    const began = performance.now();
    await this.#isLevel(name);
    return performance.now() - began;
  }

  async #isLevel(name: string): Promise<void> {
    const other = name === 'Alpha' ? 'Beta' : 'Alpha';
    const { height } = await this.#one(other).chain();
    const isLevel = async () => {
      const chain = await this.#one(name).chain();
      return chain.validating && chain.height >= height;
    };
    await this.#one(name)
      .sees(`block ${height}, and votes`, isLevel)
      .catch(async (error: unknown) => {
        const others = await Promise.all(NAMES.filter((one) => one !== name).map((one) => this.#one(one).standsAt()));
        throw new Error(`${error instanceof Error ? error.message : String(error)}\n${others.join('\n')}`);
      });
  }

  async pauseOne(): Promise<void> {
    const { pauseSeconds } = this.#options;
    await this.#tell(`Beta is stopped for ${pauseSeconds} s, and goes on as if nothing had been`, async (note) => {
      this.#one('Beta').signals('SIGSTOP');
      const until = performance.now() + pauseSeconds * 1000;
      const took: number[] = [];
      while (performance.now() < until) took.push(await this.#goesOn());
      this.#one('Beta').signals('SIGCONT');
      await this.#isLevel('Beta');
      note(`meanwhile entries went on within ${seconds(took)} s`);
    });
  }

  async loseDisk(): Promise<void> {
    await this.#tell('Gamma’s disk is gone; with its phrase it is the same member again, and votes by a new key', async (note) => {
      const { phrase } = await this.#one('Gamma').types('phrase');
      const words = join(this.#ground.folder, 'Gamma.words');
      await writeFile(words, phrase);
      await this.#one('Gamma').stops('SIGKILL');
      await rm(this.#one('Gamma').folder, { recursive: true });
      await this.#goesOn();
      const { epoch } = await this.#consensus('Alpha');
      this.#links.set('Gamma', (await this.#one('Alpha').types('invite', CHAIN, '--role', 'observer')).url);
      const again = await this.#starts('Gamma', '--phrase-file', words);
      await again.isAdmitted();
      await this.#isLevel('Gamma');
      const after = await this.#consensus('Gamma');
      see(after.epoch > epoch && after.validators.length === NAMES.length, 'there are four validators, one of them under another key');
      note(`epoch ${epoch} before, ${after.epoch} now`);
    });
  }

  // ---------------------------------------------------------------- two are down

  async loseTwo(): Promise<void> {
    await this.#tell('Gamma and Delta are killed: nothing becomes final any more, and every one says so', (note) => this.#standStill(note));
    await this.#tell('Gamma is back, and the chain goes on by itself', async () => {
      await this.#starts('Gamma');
      await this.#goesOn();
      await this.#isLevel('Gamma');
      await this.#one('Alpha').sees('no standstill', async () => (await this.#consensus('Alpha')).pace !== 'no-quorum');
    });
    await this.#tell('Delta is back too', async () => void (await this.#back('Delta')));
  }

  async #standStill(note: Note): Promise<void> {
    for (const name of ['Gamma', 'Delta']) await this.#one(name).stops('SIGKILL');
    for (const name of ['Alpha', 'Beta'])
      await this.#one(name).sees('that a quorum is missing', async () => (await this.#consensus(name)).pace === 'no-quorum');
    const { height } = await this.#one('Alpha').chain();
    await setTimeout(STANDSTILL_MS);
    see((await this.#one('Alpha').chain()).height === height, 'two of four do not make a quorum');
    note((await this.#consensus('Alpha')).says[0] ?? '');
    for (const { person } of this.#scribes) await person.page.getByText('Standstill:').waitFor();
  }

  // ---------------------------------------------------------------- the end

  async agree(): Promise<void> {
    await this.#tell('Fay and Gil stop writing, and everything is final on both pages', async () => {
      for (const scribe of this.#scribes) await scribe.rest();
      for (const { person, written } of this.#scribes) {
        await person.entry(written.at(-1) ?? '', 'final').waitFor();
        see(person.errors.length === 0, `no script of the page failed: ${person.errors.join('; ')}`);
      }
      for (const scribe of this.#scribes) await scribe.look();
      const last = (await this.#one('Alpha').chain()).tip;
      for (const name of NAMES) await this.#one(name).sees('one tip', async () => (await this.#one(name).chain()).tip === last);
    });
    await this.#tell('all four disks hold the same record: what was written is there once, nothing acknowledged is missing', (note) =>
      this.#compare(note),
    );
  }

  async #compare(note: Note): Promise<void> {
    for (const name of NAMES) await this.#one(name).stops();
    const records = await Promise.all(NAMES.map((name) => readRecord(this.#one(name).folder)));
    const [first] = records;
    see(first !== undefined, 'there is a record');
    const written = this.#scribes.flatMap((scribe) => scribe.written);
    const acknowledged = this.#scribes.flatMap((scribe) => [...scribe.acknowledged]);
    for (const record of records) {
      see(record.stateRoot === first.stateRoot && record.tip === first.tip, 'all state roots agree');
      const kept = new Set(record.texts);
      see(kept.size === record.texts.length, 'no entry is there twice');
      const missing = acknowledged.filter((text) => !kept.has(text));
      see(missing.length === 0, `nothing acknowledged is missing: ${missing.join(' ')}`);
      see(kept.size === written.length, 'there is what was written, and nothing else');
    }
    note(
      `height ${first.height}, state root ${first.stateRoot.slice(0, 16)}…, ${written.length} entries, ${acknowledged.length} of them seen as final meanwhile`,
    );
  }
}

function seconds(times: readonly number[]): string {
  return times.map((ms) => (ms / 1000).toFixed(1)).join(', ');
}
