/**
 * Every vote of honest validators, over all crashes: each is on the disk before it leaves, and no two contradict each other.
 * By the key that signs, so that it holds over all epochs. What the faulty sign is told, and not judged.
 */
import { equal, toHex } from '../../../src/core/base/bytes.ts';
import { decode } from '../../../src/core/codec/codec.ts';
import { decodeSessionMessage } from '../../../src/core/codec/session-message.ts';
import { decodeSessionFrame } from '../../../src/core/codec/stream-frames.ts';
import { type Vote, vote as voteForm } from '../../../src/core/codec/vote.ts';
import { PROTOCOLS } from '../../../src/net/protocols.ts';
import type { Transport } from '../../../src/net/transport.ts';
import type { Space, Store } from '../../../src/node/ports.ts';
import { altered, through } from '../../net/tampering.ts';
import { votingNumber } from './mail.ts';

const VOTE_BYTES_MAX = 512;
/** Session messages that carry own votes. */
const PROPOSAL_NUMBER = 9;
const VOTES_NUMBER = 10;

export class Ballots {
  readonly #violate: (what: string) => void;
  readonly #isHonest: (device: string) => boolean;
  readonly #faulty: (vote: Vote) => void;
  /** Device, epoch, view and kind → block. */
  readonly #given = new Map<string, string>();
  /** What a device said last: the same words go to each of the others. */
  readonly #said = new Map<string, Uint8Array>();
  /** Signatures that are on the disk of a device. */
  readonly #durable = new Map<string, Set<string>>();

  /** `faulty` hears of the votes that the others write down. */
  constructor(isHonest: (device: string) => boolean, violate: (what: string) => void, faulty: (vote: Vote) => void) {
    this.#isHonest = isHonest;
    this.#violate = violate;
    this.#faulty = faulty;
  }

  /** The disk of a device, with an eye on its votes. */
  store(store: Store, device: string): Store {
    return {
      space: async (name) => this.#space(await store.space(name), device),
      spaces: () => store.spaces(),
      drop: (name) => store.drop(name),
      close: () => store.close(),
    };
  }

  #space(space: Space, device: string): Space {
    return {
      get: (table, key) => space.get(table, key),
      range: async (table, from, to, limit) => {
        const rows = await space.range(table, from, to, limit);
        // What a crash left of a write under way is on the disk too. Backwards: a finalize vote lies before the notarize vote.
        if (table === 'votes') for (const { value } of rows.toReversed()) this.#stored(value, device);
        return rows;
      },
      write: async (operations, durability) => {
        await space.write(operations, durability);
        for (const operation of operations)
          if (operation.type === 'put' && operation.table === 'votes' && durability === 'strict') this.#stored(operation.value, device);
      },
    };
  }

  #stored(bytes: Uint8Array, device: string): void {
    const read = decode(voteForm, bytes, VOTE_BYTES_MAX);
    if (!read.ok) return this.#violate('a stored vote cannot be read');
    if (!this.#isHonest(device)) return this.#faulty(read.value);
    const durable = this.#durable.get(device) ?? new Set();
    this.#durable.set(device, durable.add(toHex(read.value.signature)));
    this.#take(read.value, device);
  }

  /** The network of a device, with an eye on what votes leave. */
  transport(transport: Transport, device: string): Transport {
    if (!this.#isHonest(device)) return transport;
    return through(transport, (stream, _side, protocol) => {
      if (protocol !== PROTOCOLS.session.id) return stream;
      return altered(stream, {
        sent: (frame) => {
          const number = votingNumber(frame);
          if (number === PROPOSAL_NUMBER || number === VOTES_NUMBER) this.#says(frame, device);
          return frame;
        },
      });
    });
  }

  #says(frame: Uint8Array, device: string): void {
    const last = this.#said.get(device);
    if (last !== undefined && equal(last, frame)) return;
    this.#said.set(device, frame);
    this.#leaves(frame, device);
  }

  #leaves(frame: Uint8Array, device: string): void {
    const read = decodeSessionFrame(frame, PROTOCOLS.session.frameBytesMax);
    const message = read.ok && read.value.type === 'message' ? decodeSessionMessage(read.value.message) : undefined;
    if (message?.ok !== true) return;
    const votes = message.value.type === 'proposal' ? [message.value.vote] : message.value.type === 'votes' ? message.value.votes : [];
    for (const vote of votes) {
      if (this.#durable.get(device)?.has(toHex(vote.signature)) !== true)
        this.#violate(`${device} sends a vote of view ${vote.subject.view} that is not on its disk`);
      this.#take(vote, device);
    }
  }

  #take({ subject: { epoch, view, kind, block } }: Vote, device: string): void {
    const place = `${device}/${epoch}/${view}`;
    const voted = block === undefined ? 'none' : toHex(block);
    const before = this.#given.get(`${place}/${kind}`) ?? voted;
    this.#given.set(`${place}/${kind}`, before);
    if (before !== voted) this.#violate(`${device} voted for two blocks in view ${view}: ${before.slice(0, 8)} and ${voted.slice(0, 8)}`);
    if (this.#given.has(`${place}/nullify`) && this.#given.has(`${place}/finalize`))
      this.#violate(`${device} finalized view ${view} of epoch ${epoch}, and gave it up`);
    const notarized = this.#given.get(`${place}/notarize`);
    const finalized = this.#given.get(`${place}/finalize`);
    if (finalized !== undefined && notarized !== finalized)
      this.#violate(`${device} finalized a block in view ${view} that it did not notarize`);
  }
}
