/** What all parts of one run of the simulator stand on. */
import type { MemoryHub } from '../../src/net/memory-transport.ts';
import type { Store, Verifier } from '../../src/node/ports.ts';
import type { Injected } from './injected.ts';
import type { Monitor } from './monitor.ts';
import type { Trace } from './trace.ts';
import type { VirtualClock } from './virtual-clock.ts';
import type { Votes } from './votes.ts';

/** Bugs planted at the ports of a device, to see that the checks catch them. */
export interface Seams {
  readonly store?: (store: Store, device: string) => Store;
  /** What a process of the device finds before it opens, after a crash. */
  readonly restart?: (store: Store, device: string) => Promise<void>;
}

export interface Ground {
  readonly clock: VirtualClock;
  readonly trace: Trace;
  readonly hub: MemoryHub;
  readonly verifier: Verifier;
  /** Signatures are Ed25519 throughout, not fakes. */
  readonly real: boolean;
  readonly votes: Pick<Votes, 'watched'>;
  readonly monitor: Pick<Monitor, 'watch' | 'ended'>;
  readonly injected: Injected;
  readonly seams: Seams;
  /** An invariant does not hold: the run ends with the first. */
  violate(what: string): void;
}
