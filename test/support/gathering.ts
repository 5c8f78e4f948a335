/** Devices that meet on one memory network in a test, and are off with nothing left open on it when the test ends. */
import { afterEach, expect } from 'vitest';
import type { VerifierKey } from '../../src/core/log/verifier-key.ts';
import { type MemoryHub, memoryHub } from '../../src/net/memory-transport.ts';
import type { Transport } from '../../src/net/transport.ts';
import { Device, type DeviceOptions } from './device.ts';

export interface Gathering {
  /** The network of the test that runs. */
  readonly hub: () => MemoryHub;
  /** Whoever is in the test that runs, in order of coming. */
  readonly everybody: readonly Device[];
  readonly someone: (name: string) => Promise<Device>;
  /** Somebody whose configuration names public witnesses. */
  readonly informed: (name: string, witnesses: readonly VerifierKey[]) => Promise<Device>;
  /** Somebody whose device is like a page's: it validates only where its person insists. */
  readonly browser: (name: string) => Promise<Device>;
  /** Somebody whose network does with what goes out and comes in as it likes. */
  readonly meddler: (name: string, meddling: (transport: Transport) => Transport) => Promise<Device>;
}

/** For the top of a test file: a new network for each of its tests. */
export function gathering(): Gathering {
  let hub = memoryHub();
  const everybody: Device[] = [];
  afterEach(async () => {
    await Promise.all(everybody.splice(0).map((device) => device.off()));
    expect(hub.openStreams()).toBe(0);
    hub = memoryHub();
  });
  const enters = async (name: string, options: DeviceOptions, on = hub) => {
    const device = await new Device(on, name, options).on();
    everybody.push(device);
    return device;
  };
  return {
    hub: () => hub,
    everybody,
    someone: (name) => enters(name, {}),
    informed: (name, witnesses) => enters(name, { witnesses }),
    browser: (name) => enters(name, { validate: false }),
    meddler: (name, meddling) => enters(name, {}, { ...hub, transport: (peer) => meddling(hub.transport(peer)) }),
  };
}
