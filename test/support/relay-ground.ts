/** A folder of its own for a relay process in a test: its data and a site of one page; all is stopped and gone when the test ends. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { type RelayProcess, startRelayProcess } from './relay-process.ts';

export interface RelayGround {
  /** A path in the folder of the test that runs. */
  readonly path: (...parts: readonly string[]) => string;
  readonly data: () => string;
  /** Starts a relay on the data; it is killed at the end, before whatever was to be cleaned up earlier. */
  readonly start: (...args: readonly string[]) => Promise<RelayProcess>;
  readonly atEnd: (clean: () => Promise<unknown>) => void;
}

/** For the top of a test file. */
export function relayGround(): RelayGround {
  let folder: string;
  const cleanUp: (() => Promise<unknown>)[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
    mkdirSync(join(folder, 'site'));
    writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><title>Latchkey</title>');
  });
  afterEach(async () => {
    for (const clean of cleanUp.splice(0).reverse()) await clean();
    rmSync(folder, { recursive: true, force: true });
  });
  const path = (...parts: readonly string[]) => join(folder, ...parts);
  const data = () => path('data');
  const atEnd = (clean: () => Promise<unknown>) => void cleanUp.push(clean);
  const start = async (...args: readonly string[]) => {
    const relay = await startRelayProcess('--data', data(), '--site', path('site'), '--http-port', '0', '--p2p-port', '0', ...args);
    atEnd(() => relay.stop('SIGKILL'));
    return relay;
  };
  return { path, data, start, atEnd };
}
