/** What a story stands on: a folder that is gone afterwards, a relay in it with the page, and members' nodes beside it. */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { Operator } from './operator.ts';

const ROOT = join(import.meta.dirname, '../..');

/** One change to a source file: words that must be there, and what stands in their place. */
export interface Edit {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export class Ground {
  readonly folder: string;
  readonly #stage: AsyncDisposableStack;
  readonly #operators = new Map<string, Operator>();

  private constructor(folder: string, stage: AsyncDisposableStack) {
    this.folder = folder;
    this.#stage = stage;
  }

  /** `stage` takes everything down again, in the reverse order. */
  static async open(name: string, stage: AsyncDisposableStack): Promise<Ground> {
    const folder = await mkdtemp(join(tmpdir(), `latchkey-${name}-`));
    stage.defer(() => rm(folder, { recursive: true, force: true }));
    return new Ground(folder, stage);
  }

  /** Builds the page as `npm run build` does. */
  async buildPage(): Promise<void> {
    await build({ root: ROOT, logLevel: 'warn', build: { outDir: this.#site, emptyOutDir: true } });
  }

  /** A page that nobody opens, for stories without a browser. */
  async emptyPage(): Promise<void> {
    await mkdir(this.#site, { recursive: true });
    await writeFile(join(this.#site, 'index.html'), '<!doctype html><title>Latchkey</title>');
  }

  /** Another build of the relay, made from these sources with a few words changed; gives its command. */
  async build(name: string, edits: readonly Edit[]): Promise<string> {
    const folder = join(this.folder, name);
    for (const part of ['src', 'relay', 'package.json'])
      await cp(join(ROOT, part), join(folder, part), { recursive: true, filter: isSource });
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    for (const { file, from, to } of edits) {
      const path = join(folder, file);
      const text = await readFile(path, 'utf8');
      if (!text.includes(from)) throw new Error(`${file} no longer says: ${from}`);
      await writeFile(
        path,
        text.replace(from, () => to),
      );
    }
    return join(folder, 'relay/bin/latchkey-relay.mjs');
  }

  get #site(): string {
    return join(this.folder, 'site');
  }

  /** Starts a relay under a name, on ports that are free; on its old data if there is any. */
  relay(name: string, args: readonly string[] = [], command?: string): Promise<Operator> {
    const ports = args.includes('--p2p-port') ? [] : ['--p2p-port', '0'];
    return this.#start(name, ['--site', this.#site, '--http-port', '0', ...ports, ...args], command);
  }

  /** Starts a member's node that joins by a link. */
  node(name: string, link: string, args: readonly string[] = [], command?: string): Promise<Operator> {
    return this.#start(name, ['--join', link, ...args], command);
  }

  async #start(name: string, args: readonly string[], command?: string): Promise<Operator> {
    const operator = await Operator.start(name, join(this.folder, name), ['--name', name, ...args], command);
    this.#operators.set(name, operator);
    this.#stage.defer(async () => {
      await operator.stops('SIGKILL');
    });
    return operator;
  }

  /** The latest process that was started under this name. */
  operator(name: string): Operator {
    const found = this.#operators.get(name);
    if (found === undefined) throw new Error(`nobody is called ${name}`);
    return found;
  }

  /** Keeps something that is to be ended with the story. */
  ends(end: () => Promise<void>): void {
    this.#stage.defer(end);
  }
}

/** Without what was built or installed there. */
function isSource(path: string): boolean {
  return !/[\\/](node_modules|dist)$/.test(path);
}
