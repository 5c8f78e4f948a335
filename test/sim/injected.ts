/** Counts of the faults that struck, so that a run which was spared one kind is seen. */

export const FAULT_KINDS = [
  // processes and disks
  'process killed',
  'power lost',
  'validator killed',
  'killed in a write',
  'settled write lost',
  'write torn',
  'write under way kept',
  // the network
  'dial failed',
  'stream reset',
  'stream stalled',
  'stream repeated',
  'frames reordered',
  'connection dropped',
  'one-way partition',
  'full partition',
  // time
  'night passed',
  // people
  'join cancelled',
  'block forged',
  'answer falsified',
] as const;

/** What strikes a council, beside faults that strike everybody. */
export const COUNCIL_FAULT_KINDS = [
  'process killed',
  'power lost',
  'killed in a write',
  'settled write lost',
  'write torn',
  'read failed',
  'disk full',
  'disk lost for good',
  'dial failed',
  'stream reset',
  'stream stalled',
  'stream repeated',
  'frames reordered',
  'connection dropped',
  'one-way partition',
  'full partition',
  'flapping partition',
  'message lost',
  'message repeated',
  'message replayed',
  'message late',
  'message damaged',
  'clock jumped a day',
  'clock drifts',
  'node frozen',
  'validator granted',
  'validator withdrawn',
  'member removed',
  'member joined',
  'upgrade',
  'recovery on a live chain',
  'recovery of a dead chain',
  'old disk restored',
  'equivocator',
  'conflicting finalizer',
  'impersonator',
  'misbuilder',
  'nullifier',
  'silent',
  'amnesiac',
  'censor',
  'lying syncer',
  'log forker',
  'fabricator',
  'usurper',
  'double redeemer',
  'colluding approvers',
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof COUNCIL_FAULT_KINDS)[number];
const ALL_KINDS: readonly FaultKind[] = [...new Set<FaultKind>([...FAULT_KINDS, ...COUNCIL_FAULT_KINDS])];

export type FaultCounts = Readonly<Record<FaultKind, number>>;

export class Injected {
  readonly #counts = new Map<FaultKind, number>();

  static of(counts: FaultCounts): Injected {
    const injected = new Injected();
    for (const kind of ALL_KINDS) injected.add(kind, counts[kind]);
    return injected;
  }

  add(kind: FaultKind, count = 1): void {
    this.#counts.set(kind, this.count(kind) + count);
  }

  count(kind: FaultKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  addAll(other: Injected): void {
    for (const kind of ALL_KINDS) this.add(kind, other.count(kind));
  }

  toJSON(): FaultCounts {
    return Object.fromEntries(ALL_KINDS.map((kind) => [kind, this.count(kind)])) as FaultCounts;
  }
}
