/** Peers that serve something else than they should: each is a way to tamper with the frames of an answer. */
import type { FakeSessionOptions } from './fake-session.ts';

type Tamper = NonNullable<FakeSessionOptions['tamper']>;

/** What a liar did, for tests that need to know whether it had the chance. */
export interface Lie {
  readonly tamper: Tamper;
  readonly told: () => boolean;
}

/** Counts frames and changes nothing. */
export function counting(): { readonly tamper: Tamper; readonly frames: () => number; readonly bytes: () => number } {
  let frames = 0;
  let bytes = 0;
  return {
    async *tamper(honest) {
      for await (const frame of honest) {
        frames += 1;
        bytes += frame.length;
        yield frame;
      }
    },
    frames: () => frames,
    bytes: () => bytes,
  };
}

/** Flips one bit, chosen by `random`, of the n-th frame that it serves. */
export function flipping(n: number, random: () => number): Lie {
  let served = -1;
  return {
    async *tamper(honest) {
      for await (const frame of honest) {
        served += 1;
        yield served === n ? withFlippedBit(frame, Math.floor(random() * frame.length * 8)) : frame;
      }
    },
    told: () => served >= n,
  };
}

export function withFlippedBit(bytes: Uint8Array, bit: number): Uint8Array {
  const out = bytes.slice();
  out[bit >> 3] = (out[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return out;
}

/** Stops each answer after `count` frames, as if it were whole. */
export function truncating(count: number): Tamper {
  return async function* (honest) {
    let left = count;
    for await (const frame of honest) {
      if (left-- <= 0) return;
      yield frame;
    }
  };
}

/** Serves each pair of frames the wrong way round. */
export async function* reordering(honest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  for await (const frame of honest) {
    if (held === undefined) held = frame;
    else {
      yield frame;
      yield held;
      held = undefined;
    }
  }
  if (held !== undefined) yield held;
}

/** Repeats the last frame of each answer for ever. `served` counts: whoever reads on has no bound. */
export function endless(): { readonly tamper: Tamper; readonly served: () => number } {
  let served = 0;
  return {
    async *tamper(honest) {
      let last = new Uint8Array(1);
      for await (const frame of honest) {
        served += 1;
        last = frame.slice();
        yield frame;
      }
      for (;;) {
        served += 1;
        yield last;
      }
    },
    served: () => served,
  };
}

/** Serves random bytes for ever, in frames of up to `bytesMax` bytes; each begins as a frame may. */
export function babbling(random: () => number, bytesMax: number): { readonly tamper: Tamper; readonly served: () => number } {
  let served = 0;
  return {
    async *tamper() {
      for (;;) {
        served += 1;
        const frame = Uint8Array.from({ length: 1 + Math.floor(random() * bytesMax) }, () => Math.floor(random() * 256));
        frame[0] = served % 2;
        yield frame;
      }
    },
    served: () => served,
  };
}
