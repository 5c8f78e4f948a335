/** What every bench stands on: a folder of its own, a relay in a process of its own with one chain, and a member who has filled it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RelayProcess, startRelayProcess } from '../support/relay-process.ts';
import { appendEntries } from './fill.ts';
import { joinChain, openNodeDevice } from './node-device.ts';

export interface Scene {
  readonly folder: string;
  readonly relay: RelayProcess;
  /** Lets anybody in, any number of times. */
  readonly invitation: string;
  /** A new, empty folder under the scene's. */
  newFolder(): Promise<string>;
  close(): Promise<void>;
}

/** Starts a relay on loopback with a chain. `buildSite` puts the page that it serves into a folder. */
export async function openScene(buildSite: (folder: string) => Promise<void>): Promise<Scene> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-bench-'));
  const site = join(folder, 'site');
  await buildSite(site);
  const relay = await startRelayProcess(
    '--data',
    join(folder, 'relay'),
    '--site',
    site,
    '--http-port',
    '0',
    '--p2p-port',
    '0',
    '--chain',
    'Bench',
  );
  const { invitation } = relay;
  if (invitation === null) throw new Error('the relay gave no invitation');
  return {
    folder,
    relay,
    invitation,
    newFolder: () => mkdtemp(join(folder, 'device-')),
    close: async () => {
      await relay.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Has a member write so many entries; settles when the relay has all of them as final. Gives the seconds that it took. */
export async function fillChain(scene: Scene, entries: number, progress: (done: number) => void): Promise<number> {
  const device = await openNodeDevice(await scene.newFolder());
  try {
    const chain = await joinChain(device, scene.invitation, 'Writer');
    const began = performance.now();
    await appendEntries(chain, entries, progress);
    return (performance.now() - began) / 1000;
  } finally {
    await device.close();
  }
}
