/**
 * Becoming a member again by the recovery phrase (DESIGN §5): one of its next keys is the one whose digest the member has
 * registered. It is found by shaking hands under one key after the other, since nobody but the person knows which chain has
 * which; then it is this device's key, and takes over by `rotate-key`.
 */
import { toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { SECOND_MS } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError } from '../core/base/result.ts';
import type { InvitationLink } from '../core/codec/link.ts';
import { withTimeout } from './abort.ts';
import { Gate } from './gate.ts';
import type { GuestProofs } from './guest-proofs.ts';
import type { LatchkeyPorts } from './latchkey-ports.ts';
import { memorySigner } from './memory-keys.ts';
import type { HeldInvite, Session, Signer } from './ports.ts';
import type { NextKeys } from './recovery-phrase.ts';
import { mostTelling } from './refusals.ts';
import { type Question, TransactionWay, type Way } from './ways.ts';

/** One handshake, the relay's waking included. */
const TRY_LIMIT_MS = 20 * SECOND_MS;

/** Takes over as the next key of a member. */
export class RotationWay extends TransactionWay implements Way {
  readonly invite: HeldInvite | undefined = undefined;
  readonly #stolen: boolean;
  #member: { readonly id: Hash; readonly devices: readonly PublicKey[] } | undefined;

  constructor(ports: ConstructorParameters<typeof TransactionWay>[0], own: Way['own'], options: { readonly stolen: boolean }) {
    super(ports, own);
    this.#stolen = options.stolen;
  }

  /** Finds whose next key this is. Of several members with one digest it is who registered it first: others have copied it. */
  async check(proofs: GuestProofs, session: Session): Promise<void> {
    const [found] = await proofs.membersRecoveredBy(session, this.ports.signer.publicKey);
    if (found === undefined) throw new RefusalError({ code: 'member-unknown', detail: 'no member has registered this next key' });
    this.#member = { id: found.id, devices: found.member.devices };
  }

  /** Every key that acted for the member so far is retired: whoever recovers does not know where they are. */
  async ask(next: () => Promise<Hash>): Promise<Question> {
    if (this.#member === undefined) throw new Error('broken invariant: a next key asks once it knows whose it is');
    const { id: member, devices: retire } = this.#member;
    return this.askBy({ type: 'rotate-key', member, retire, nextKey: await next(), stolen: this.#stolen }, [], undefined);
  }
}

/**
 * Index of the phrase's key that a member of this chain has registered, or already goes by; `first` is tried first. Throws `member-unknown` if none
 * of them is one's, and what is said of the network where nobody is reached.
 */
export async function findNextKey(
  ports: LatchkeyPorts,
  link: InvitationLink,
  { seeds }: NextKeys,
  signal: AbortSignal,
  first = 0,
): Promise<number> {
  const { seedSigner = memorySigner } = ports;
  for (const index of new Set([first, ...seeds.keys()])) {
    const seed = seeds[index];
    if (seed !== undefined && (await isKnown(ports, link, await seedSigner(seed), signal))) return index;
  }
  throw new RefusalError({ code: 'member-unknown', detail: 'no member of this chain is recovered by this phrase' });
}

/** Whether the chain's nodes know this key: as a member's, or as a member's next. */
async function isKnown({ network, clock }: LatchkeyPorts, link: InvitationLink, signer: Signer, parent: AbortSignal): Promise<boolean> {
  const { chain, anchor, relays, networkKey } = link;
  const networkKeys = networkKey === undefined ? [] : [networkKey];
  const gate = new Gate({ chain, signer, networkKeys, firstTip: { height: anchor.height, block: anchor.block } });
  const attached = network.attach(gate);
  try {
    const session = await withTimeout(clock, TRY_LIMIT_MS, parent, (signal) =>
      Promise.any(relays.map((relay) => attached.connect(relay, signal))),
    );
    return session.grantedAccess !== 'foreign';
  } catch (error) {
    const told = mostTelling(error);
    if (told instanceof RefusalError && SPENT.has(told.code)) return false;
    throw told;
  } finally {
    await attached.close();
  }
}

/** What is said of a key that acted for somebody once. */
const SPENT: ReadonlySet<RefusalCode> = new Set(['key-retired']);

/** The name under which the key store has the node key of a chain. */
export function nodeKeyName(chain: Hash): string {
  return `${toHex(chain)}/node`;
}
