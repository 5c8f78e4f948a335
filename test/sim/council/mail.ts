/**
 * What happens to the words of validators on their way: lost, repeated, replayed, overtaken, late, damaged. The streams below
 * stay whole, as real ones do; everything between validators must bear this nonetheless, since whoever relays, restarts or
 * runs out of budget does all of it.
 */

import { PROTOCOLS } from '../../../src/net/protocols.ts';
import type { FrameStream, Transport } from '../../../src/net/transport.ts';
import type { Clock, PeerId } from '../../../src/node/ports.ts';
import { through } from '../../net/tampering.ts';
import type { Chance } from '../chance.ts';
import type { Injected } from '../injected.ts';

/** Chances are from 0 to 1. */
export interface MailFaults {
  readonly loss: number;
  readonly duplicate: number;
  readonly replay: number;
  /** Chance that a message takes up to `delayMs` longer than those behind it. */
  readonly late: number;
  readonly delayMs: number;
  readonly corruption: number;
}

export const FAIR_MAIL: MailFaults = { loss: 0, duplicate: 0, replay: 0, late: 0, delayMs: 0, corruption: 0 };

/** Messages of each sender that may come again. */
const REMEMBERED_MAX = 24;
/** Numbers of what validators tell each other, from `proposal` to `block-part`. */
const FIRST_VOTING_NUMBER = 9;
const LAST_VOTING_NUMBER = 14;

export class Mail {
  faults: MailFaults = FAIR_MAIL;
  readonly #chance: Chance;
  readonly #clock: Clock;
  readonly #injected: Injected;
  readonly #under = new Set<() => void>();
  readonly #sent = new Map<PeerId, Uint8Array[]>();

  constructor(clock: Clock, chance: Chance, injected: Injected) {
    this.#clock = clock;
    this.#chance = chance;
    this.#injected = injected;
  }

  /** A device's network with these faults on what it sends. */
  over(transport: Transport): Transport {
    return through(transport, (stream, _side, protocol) =>
      protocol === PROTOCOLS.session.id ? this.#faulty(stream, transport.peerId) : stream,
    );
  }

  /** All is fair from now on; what was late comes now. */
  heal(): void {
    this.faults = FAIR_MAIL;
    for (const cancel of [...this.#under]) cancel();
    this.#under.clear();
    this.#sent.clear();
  }

  #faulty(stream: FrameStream, from: PeerId): FrameStream {
    return {
      peer: stream.peer,
      send: async (frame) => {
        if (this.faults === FAIR_MAIL || !isVoting(frame)) return stream.send(frame);
        for (const one of this.#fate(frame, from)) await this.#deliver(stream, one);
      },
      receive: (signal) => stream.receive(signal),
      close: () => stream.close(),
      abort: () => stream.abort(),
    };
  }

  /** What arrives instead of a message: none, one, or several. */
  #fate(frame: Uint8Array, from: PeerId): readonly Uint8Array[] {
    const { loss, duplicate, replay, corruption } = this.faults;
    const strikes = (likelihood: number, kind: Parameters<Injected['add']>[0]) => {
      const does = likelihood > 0 && this.#chance.happens(likelihood);
      if (does) this.#injected.add(kind);
      return does;
    };
    const kept = this.#sent.get(from) ?? [];
    this.#sent.set(from, kept);
    const out: Uint8Array[] = [];
    if (!strikes(loss, 'message lost')) out.push(strikes(corruption, 'message damaged') ? this.#damaged(frame) : frame);
    if (strikes(duplicate, 'message repeated')) out.push(frame);
    if (kept.length > 0 && strikes(replay, 'message replayed')) out.push(this.#chance.pick(kept));
    kept.push(frame);
    if (kept.length > REMEMBERED_MAX) kept.shift();
    return out;
  }

  async #deliver(stream: FrameStream, frame: Uint8Array): Promise<void> {
    const { late, delayMs } = this.faults;
    if (late === 0 || !this.#chance.happens(late)) return stream.send(frame);
    this.#injected.add('message late');
    const cancel = this.#clock.schedule(this.#chance.int(1, delayMs), () => {
      this.#under.delete(cancel);
      stream.send(frame).catch(() => undefined);
    });
    this.#under.add(cancel);
  }

  #damaged(frame: Uint8Array): Uint8Array {
    const out = frame.slice();
    const at = this.#chance.int(0, out.length - 1);
    out[at] = (out[at] ?? 0) ^ (1 << this.#chance.int(0, 7));
    return out;
  }
}

/** Reads the number of a session message without decoding it: a frame is [1, bytes], and the bytes [number, …]. */
export function votingNumber(frame: Uint8Array): number | undefined {
  if (frame[0] !== 0x82 || frame[1] !== 1) return undefined;
  const head = frame[2] ?? 0;
  const at = head < 0x58 ? 3 : head === 0x58 ? 4 : head === 0x59 ? 5 : 7;
  return frame[at + 1];
}

function isVoting(frame: Uint8Array): boolean {
  const number = votingNumber(frame) ?? 0;
  return number >= FIRST_VOTING_NUMBER && number <= LAST_VOTING_NUMBER;
}
