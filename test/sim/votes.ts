/**
 * Every vote that was given, across all crashes: nobody gives two of a kind in one view for different blocks, and nobody
 * finalizes a view that it gives up.
 *
 * A vote is given once it may leave the process: when the write that makes it durable has settled, or when a certificate
 * carries it. A signature that a crash took with it before was seen by nobody.
 */
import { toHex } from '../../src/core/base/bytes.ts';
import { decode } from '../../src/core/codec/codec.ts';
import { type Certificate, seatsOf, type VoteSubject, vote } from '../../src/core/codec/vote.ts';
import type { Space, Store } from '../../src/node/ports.ts';

const VOTE_BYTES_MAX = 512;

export class Votes {
  readonly #violate: (what: string) => void;
  /** Chain, epoch, seat, view and kind → block. */
  readonly #blocks = new Map<string, string>();

  constructor(violate: (what: string) => void) {
    this.#violate = violate;
  }

  /** All that signed a certificate have voted. */
  certified({ subject, signers }: Certificate): void {
    for (const seat of seatsOf(signers)) this.#given(subject, seat);
  }

  /** The store of a device, with an eye on its votes. */
  watched(store: Store): Store {
    const spaces = new WeakMap<Space, Space>();
    return {
      space: async (name) => {
        const space = await store.space(name);
        const watched = spaces.get(space) ?? this.#watchedSpace(space);
        spaces.set(space, watched);
        return watched;
      },
      spaces: () => store.spaces(),
      drop: (name) => store.drop(name),
      close: () => store.close(),
    };
  }

  #watchedSpace(space: Space): Space {
    return {
      get: (table, key) => space.get(table, key),
      range: (table, from, to, limit) => space.range(table, from, to, limit),
      write: async (operations, durability) => {
        await space.write(operations, durability);
        for (const operation of operations) if (operation.type === 'put' && operation.table === 'votes') this.#stored(operation.value);
      },
    };
  }

  #stored(bytes: Uint8Array): void {
    const read = decode(vote, bytes, VOTE_BYTES_MAX);
    if (read.ok) this.#given(read.value.subject, read.value.seat);
    else this.#violate('a stored vote cannot be read');
  }

  #given({ chain, epoch, view, kind, block }: VoteSubject, seat: number): void {
    const place = `${toHex(chain)}/${epoch}/${seat}/${view}`;
    const voted = block === undefined ? 'none' : toHex(block);
    const before = this.#blocks.get(`${place}/${kind}`) ?? voted;
    this.#blocks.set(`${place}/${kind}`, before);
    if (before !== voted)
      this.#violate(`seat ${seat} voted for two blocks in view ${view}: ${before.slice(0, 8)} and ${voted.slice(0, 8)}`);
    if (this.#blocks.has(`${place}/nullify`) && this.#blocks.has(`${place}/finalize`))
      this.#violate(`seat ${seat} finalized view ${view} of epoch ${epoch}, and gave it up`);
    const notarized = this.#blocks.get(`${place}/notarize`);
    const finalized = this.#blocks.get(`${place}/finalize`) ?? notarized;
    if (notarized !== undefined && finalized !== notarized)
      this.#violate(`seat ${seat} finalized another block than it notarized in view ${view}`);
  }
}
