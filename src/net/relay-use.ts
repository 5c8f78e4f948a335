/**
 * What relays do for this process, counted here and not by them: whether it holds a reservation at each, how often that was
 * lost, the circuits that were carried for it, and the bytes on them. Counts only grow, for as long as the process runs.
 */
import type { PeerId, RelayUse } from '../node/ports.ts';

interface Counted {
  reserved: boolean;
  breaks: number;
  circuits: number;
  /** On circuits that have ended. */
  bytes: number;
  /** Bytes so far on each that is open. */
  readonly open: Set<() => number>;
}

/** Relays that are remembered: more than any chain has. What others did for this process nobody asks. */
const RELAYS_COUNTED_MAX = 256;

export class RelayUseBook {
  readonly #relays = new Map<PeerId, Counted>();

  /** From now on reservations are held at these relays, and at no other. */
  reserved(relays: ReadonlySet<PeerId>): void {
    for (const relay of relays) {
      const counted = this.#of(relay);
      if (counted !== undefined) counted.reserved = true;
    }
    for (const [relay, counted] of this.#relays) {
      if (relays.has(relay) || !counted.reserved) continue;
      counted.reserved = false;
      counted.breaks += 1;
    }
  }

  /** A circuit through the relay has opened; the returned function ends it. */
  circuit(relay: PeerId, bytes: () => number): () => void {
    const counted = this.#of(relay);
    if (counted === undefined) return () => {};
    counted.circuits += 1;
    counted.open.add(bytes);
    return () => {
      if (counted.open.delete(bytes)) counted.bytes += bytes();
    };
  }

  read(): readonly RelayUse[] {
    return [...this.#relays].map(([relay, { reserved, breaks, circuits, bytes, open }]) => ({
      relay,
      reserved,
      breaks,
      circuits,
      bytes: [...open].reduce((sum, one) => sum + one(), bytes),
    }));
  }

  #of(relay: PeerId): Counted | undefined {
    const known = this.#relays.get(relay);
    if (known !== undefined || this.#relays.size >= RELAYS_COUNTED_MAX) return known;
    const made: Counted = { reserved: false, breaks: 0, circuits: 0, bytes: 0, open: new Set() };
    this.#relays.set(relay, made);
    return made;
  }
}
