/** Programs of the bench in processes of their own, so that no two share a thread, a cache or warmed-up code. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export interface Helper<Report> {
  /** The next thing that it says. Rejects if it ends instead. */
  next(): Promise<Report>;
  tell(message: string): void;
  /** Tells it to end and waits until it has. */
  end(): Promise<void>;
}

/** Starts `test/bench/NAME.ts`. `nodeFlags` go to its Node, for example to profile it. */
export function startHelper<Report>(name: string, args: readonly string[], nodeFlags: readonly string[] = []): Helper<Report> {
  const child = fork(join(import.meta.dirname, `${name}.ts`), args, { execArgv: [...nodeFlags], serialization: 'advanced' });
  const said: Report[] = [];
  const ended = once(child, 'exit');
  let wake = () => {};
  child.on('message', (report) => {
    said.push(report as Report);
    wake();
  });
  child.on('exit', () => wake());
  const next = async (): Promise<Report> => {
    for (;;) {
      const report = said.shift();
      if (report !== undefined) return report;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}`);
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  const end = async () => {
    if (child.connected) child.disconnect();
    await ended;
  };
  return { next, tell: (message) => void child.send(message), end };
}

/** Runs a program that says one thing and ends. */
export async function runHelper<Report>(name: string, args: readonly string[], nodeFlags: readonly string[] = []): Promise<Report> {
  const helper = startHelper<Report>(name, args, nodeFlags);
  try {
    return await helper.next();
  } finally {
    await helper.end();
  }
}

// ---------------------------------------------------------------- inside a helper

/** Says something to whoever started this program. */
export function say(report: unknown): void {
  process.send?.(report);
}

/** Settles when this program is to end. */
export async function toldToEnd(): Promise<void> {
  if (process.connected) await once(process, 'disconnect');
}
