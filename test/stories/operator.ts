/** An organisation's machine in a story: a relay or a member's node in a process of its own, and the commands of whoever runs it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { askRelay } from '../../relay/src/admin-socket.ts';
import type { ChainStatus } from '../../relay/src/chain-host.ts';
import type { Answer, CommandName, StatusAnswer } from '../../relay/src/commands.ts';
import { RELAY_COMMAND, runRelay } from '../support/relay-process.ts';

/** How long somebody would wait before calling it broken, where several machines share two busy cores. */
const PATIENCE_MS = 120_000;
const POLL_MS = 100;

export class Operator {
  readonly name: string;
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #lines: unknown[] = [];
  /** What the process wrote beside its results. */
  said = '';

  private constructor(name: string, folder: string, child: ChildProcess) {
    this.name = name;
    this.folder = folder;
    this.#child = child;
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      this.said += piece;
    });
    if (child.stdout !== null) createInterface(child.stdout).on('line', (line) => this.#lines.push(JSON.parse(line)));
  }

  /** Starts `latchkey-relay start`, this one or another build's, and waits until it is ready. */
  static async start(name: string, folder: string, args: readonly string[], command: string = RELAY_COMMAND): Promise<Operator> {
    const all = [command, 'start', '--json', '--data', folder, ...args];
    const operator = new Operator(name, folder, spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'pipe'] }));
    await operator.#until(`${name} is ready`, () => operator.#lines.length > 0);
    return operator;
  }

  /** What it printed when it was ready. */
  get ready(): { readonly url: string; readonly addresses: readonly string[]; readonly peerId: string } {
    return this.#lines[0] as { readonly url: string; readonly addresses: readonly string[]; readonly peerId: string };
  }

  /** Whether it has printed that it was admitted. */
  get admitted(): boolean {
    return this.#lines.length > 1;
  }

  /** Types a command with `--json`; gives its answer. Throws what it complains of. */
  async types(...args: readonly string[]) {
    const { code, stdout, stderr } = await runRelay(...args, '--json', '--data', this.folder);
    if (code !== 0) throw new Error(`${this.name}: latchkey-relay ${args.join(' ')} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
    return JSON.parse(stdout);
  }

  /** Types a command whose effect waits for others. */
  async waits(...args: readonly string[]): Promise<void> {
    const { code, stderr } = await runRelay(...args, '--data', this.folder);
    if (code !== 2) throw new Error(`${this.name}: latchkey-relay ${args.join(' ')} ended with ${code}, not waiting: ${stderr}`);
  }

  /** Types a command that must be refused; gives the sentence. */
  async isRefused(...args: readonly string[]): Promise<string> {
    const { code, stderr } = await runRelay(...args, '--data', this.folder);
    if (code !== 1) throw new Error(`${this.name}: latchkey-relay ${args.join(' ')} was not refused`);
    return stderr.trim();
  }

  /** Asks as a command does, without a process for each question. */
  async asks<N extends CommandName>(command: N, asked: object = {}): Promise<Answer<N>> {
    return (await askRelay(this.folder, { command, ...asked })) as Answer<N>;
  }

  async chain(): Promise<ChainStatus> {
    const { chains }: StatusAnswer = await this.asks('status');
    const [only] = chains;
    if (only === undefined) throw new Error(`${this.name} is on no chain`);
    return only;
  }

  /** How it is doing, for whoever looks for what went wrong. */
  async standsAt(): Promise<string> {
    try {
      const { height, validating, connected, problem, consensus } = await this.chain();
      const { epoch, view, pace, waiting } = consensus;
      return `${this.name}: ${JSON.stringify({ height, epoch, view, validating, connected, waiting, pace, problem })}`;
    } catch (error) {
      return `${this.name}: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  /** Waits for something to hold that is asked of this machine again and again. */
  async sees(what: string, holds: () => Promise<boolean>, limitMs = PATIENCE_MS): Promise<void> {
    const until = performance.now() + limitMs;
    for (;;) {
      if (await holds()) return;
      if (performance.now() > until)
        throw new Error(`${this.name} does not see within ${limitMs / 1000} s: ${what}; ${await this.standsAt()}${this.#lastWords()}`);
      await setTimeout(POLL_MS);
    }
  }

  async #until(what: string, holds: () => boolean): Promise<void> {
    await this.sees(what, () => {
      if (this.ended) throw new Error(`${this.name} ended early${this.#lastWords()}`);
      return Promise.resolve(holds());
    });
  }

  async isAdmitted(): Promise<void> {
    await this.#until(`${this.name} is admitted`, () => this.admitted);
  }

  /** Of the process. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  get ended(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  #lastWords(): string {
    return this.said === '' ? '' : `; it said: ${this.said.slice(-2000)}`;
  }

  /** Stops the process where it is, or lets it go on. */
  signals(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  /** Settles when the process has ended, with its exit code; it is told to if it must be. */
  async stops(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (!this.ended) {
      const gone = once(this.#child, 'exit');
      this.#child.kill(signal);
      await gone;
    }
    return this.#child.exitCode;
  }
}
