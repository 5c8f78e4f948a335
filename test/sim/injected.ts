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
export type FaultKind = (typeof FAULT_KINDS)[number];

export class Injected {
  readonly #counts = new Map<FaultKind, number>();

  add(kind: FaultKind, count = 1): void {
    this.#counts.set(kind, this.count(kind) + count);
  }

  count(kind: FaultKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  addAll(other: Injected): void {
    for (const kind of FAULT_KINDS) this.add(kind, other.count(kind));
  }

  toJSON(): Readonly<Record<FaultKind, number>> {
    return Object.fromEntries(FAULT_KINDS.map((kind) => [kind, this.count(kind)])) as Record<FaultKind, number>;
  }
}
