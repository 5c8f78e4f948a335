/** `latchkey-relay audit … --watch` as an auditor leaves it running: what it prints, look by look, and how it ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import type { AuditAnswer } from '../../relay/src/audit-desk.ts';
import { RELAY_COMMAND } from './relay-process.ts';

const PATIENCE_MS = 120_000;
const POLL_MS = 50;

export class WatchProcess {
  readonly #child: ChildProcess;
  /** What each look printed that had news. */
  readonly looks: AuditAnswer[] = [];
  /** What it said beside that. */
  said = '';

  constructor(target: string, dataFolder: string) {
    const args = [RELAY_COMMAND, 'audit', target, '--watch', '--json', '--data', dataFolder];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stderr?.setEncoding('utf8').on('data', (piece: string) => {
      this.said += piece;
    });
    if (this.#child.stdout !== null) createInterface(this.#child.stdout).on('line', (line) => this.looks.push(JSON.parse(line)));
  }

  /** The first look that is so, as soon as it is printed. */
  async sees(what: string, isSo: (look: AuditAnswer) => boolean): Promise<AuditAnswer> {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      const found = this.looks.find(isSo);
      if (found !== undefined) return found;
      if (this.#child.exitCode !== null || performance.now() > until)
        throw new Error(`the watch does not print ${what}: ${JSON.stringify(this.looks.at(-1))} ${this.said}`);
      await setTimeout(POLL_MS);
    }
  }

  /** Ends it as its operator would; gives the exit code. */
  async stops(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const ended = once(this.#child, 'exit');
      this.#child.kill();
      await ended;
    }
    return this.#child.exitCode;
  }
}
