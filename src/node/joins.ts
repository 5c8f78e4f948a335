/**
 * The joins of one device: one try a chain at a time, in whichever tab; what was asked goes on after a reload until it has
 * an answer.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { NAME_BYTES_MAX } from '../core/base/limits.ts';
import { type RefusalCode, RefusalError, unwrap } from '../core/base/result.ts';
import { decodeLink, encodeLink, type InvitationLink, inviteKeySeed } from '../core/codec/link.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import { invitationIdOf } from '../core/codec/transaction.ts';
import { anchorIsFresh } from '../core/light/finality.ts';
import { abortError, sleep } from './abort.ts';
import type { Chain } from './chain.ts';
import type { ChainShelf } from './chain-shelf.ts';
import { chainSpaceName } from './founding.ts';
import { Gate } from './gate.ts';
import { isFinalRefusal, Joining, type JoinStageName } from './joining.ts';
import type { LatchkeyPorts } from './latchkey-ports.ts';
import { memorySigner } from './memory-keys.ts';
import { newOwnRow, readOwn, STANDING, writeOwn } from './own-row.ts';
import { properName } from './proper-name.ts';
import type { Recovery } from './recovery.ts';

/** Where a chain that is being joined stands. */
export interface PendingJoin {
  readonly chain: Hash;
  readonly link: InvitationLink;
}

export type JoinStage =
  | { readonly type: 'stage'; readonly stage: JoinStageName; readonly elapsedMs: number }
  | { readonly type: 'joined'; readonly chain: Chain; readonly elapsedMs: number };

/** After this a resumed join tries again. */
const RESUME_PAUSE_MS = 3_000;

interface Attempt {
  readonly link: InvitationLink;
  readonly stop: AbortController;
  readonly over: Promise<void>;
}

type TellStage = (stage: JoinStageName) => void;

export class Joins {
  readonly #ports: LatchkeyPorts;
  readonly #shelf: ChainShelf;
  readonly #recovery: Recovery;
  readonly #closing: AbortSignal;
  readonly #changed: () => void;
  readonly #attempts = new Map<string, Attempt>();

  constructor(ports: LatchkeyPorts, shelf: ChainShelf, recovery: Recovery, closing: AbortSignal, changed: () => void) {
    this.#ports = ports;
    this.#shelf = shelf;
    this.#recovery = recovery;
    this.#closing = closing;
    this.#changed = changed;
  }

  pending(): readonly PendingJoin[] {
    return [...this.#attempts.values()].map(({ link }) => ({ chain: link.chain, link }));
  }

  /** See `Latchkey.join`. */
  async *join(link: InvitationLink, name: string, until: AbortSignal): AsyncGenerator<JoinStage> {
    const { clock } = this.#ports;
    const there = this.#shelf.get(link.chain);
    const started = clock.now();
    if (there !== undefined) return yield { type: 'joined', chain: there, elapsedMs: 0 };
    unwrap(anchorIsFresh(link.anchor, started));
    const yourName = properName(name, NAME_BYTES_MAX);
    const stages: JoinStageName[] = [];
    let wake: () => void = () => undefined;
    const stop = new AbortController();
    const before = this.#attempts.get(toHex(link.chain));
    const attempt = this.#attemptAfter(before, link, yourName, AbortSignal.any([until, stop.signal]), (stage) => {
      stages.push(stage);
      wake();
    });
    this.#track(link, stop, attempt);
    let chain: Chain | undefined;
    const done = attempt.then((joined) => {
      chain = joined;
    });
    done.catch(() => undefined).finally(() => wake());
    while (chain === undefined) {
      const stage = stages.shift();
      if (stage !== undefined) yield { type: 'stage', stage, elapsedMs: clock.now() - started };
      else
        await Promise.race([
          done,
          new Promise<void>((resolve) => {
            wake = resolve;
          }),
        ]);
    }
    yield* stages.map((stage) => ({ type: 'stage', stage, elapsedMs: clock.now() - started }) as const);
    yield { type: 'joined', chain, elapsedMs: clock.now() - started };
  }

  /** Goes on with a join that a reload interrupted, in the background; false if there was none to go on with. */
  resume(own: OwnRow): boolean {
    const link = own.link === undefined ? undefined : decodeLink(own.link);
    if (link?.ok !== true || own.join === undefined) return false;
    const stop = new AbortController();
    this.#track(link.value, stop, this.#keepTrying(link.value, own, stop.signal));
    return true;
  }

  /** Settles once no try is under way; they end when the device's node closes. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#attempts.values()].map(({ over }) => over));
  }

  /** One try a chain: the next one, in whichever tab, ends it first. */
  #track(link: InvitationLink, stop: AbortController, work: Promise<unknown>): void {
    const hex = toHex(link.chain);
    const ended = () => {
      if (this.#attempts.get(hex)?.stop === stop) this.#attempts.delete(hex);
      this.#changed();
    };
    this.#attempts.set(hex, { link, stop, over: work.then(ended, ended) });
    this.#changed();
  }

  async #attemptAfter(
    before: Attempt | undefined,
    link: InvitationLink,
    yourName: string,
    signal: AbortSignal,
    stage: TellStage,
  ): Promise<Chain> {
    before?.stop.abort(new RefusalError({ code: 'aborted', detail: 'another try has begun' }));
    await before?.over;
    const there = this.#shelf.get(link.chain);
    if (there !== undefined) return there;
    if (signal.aborted) throw abortError(signal);
    // Connecting takes as long as getting ready here, and neither needs the other. Who cannot be reached is told of later.
    this.#shelf.relaysKnown(link.relays);
    for (const relay of link.relays) this.#ports.network.reach(relay, signal).catch(() => undefined);
    return this.#attempt(link, await this.#ownToJoin(link, yourName), signal, stage);
  }

  /** What is kept of an earlier try with the same link, or a new row; nothing is on disk before the question is. */
  async #ownToJoin(link: InvitationLink, yourName: string): Promise<OwnRow> {
    const space = await this.#ports.store.space(chainSpaceName(link.chain));
    const kept = await readOwn(space);
    if (kept?.join !== undefined && kept.link !== undefined && equal(kept.link, encodeLink(link))) return kept;
    const next = await this.#recovery.takeNextKey();
    return {
      ...newOwnRow({ name: link.chainName, yourName, nextKeyIndex: next.index, relays: link.relays }),
      standing: STANDING.joining,
      link: encodeLink(link),
      networkKeys: link.networkKey === undefined ? [] : [link.networkKey],
    };
  }

  /** One whole try: from attaching to the network to a started chain. Leaves nothing behind unless the question was asked. */
  async #attempt(link: InvitationLink, own: OwnRow, signal: AbortSignal, stage: TellStage): Promise<Chain> {
    const { keys, store, network, seedSigner = memorySigner } = this.#ports;
    this.#shelf.relaysKnown(link.relays);
    const [space, signer, inviteKey] = await Promise.all([
      store.space(chainSpaceName(link.chain)),
      keys.make(`${toHex(link.chain)}/node`),
      seedSigner(inviteKeySeed(link.seed, link.chain)),
    ]);
    const invite = { invitation: invitationIdOf(link.chain, inviteKey.publicKey), signer: inviteKey };
    const firstTip = { height: link.anchor.height, block: link.anchor.block };
    const gate = new Gate({ chain: link.chain, signer, networkKeys: own.networkKeys, invite, firstTip });
    const attached = network.attach(gate);
    const either = AbortSignal.any([signal, this.#closing]);
    const joining = new Joining({ ...this.#ports, space, gate, invite, network: attached }, link, own, either, stage);
    try {
      const ledger = await joining.run(await this.#recovery.digestAt(own.nextKeyIndex));
      const admitted: OwnRow = { ...own, standing: STANDING.member, link: undefined, join: undefined };
      await writeOwn(space, admitted);
      return await this.#shelf.start(ledger, admitted, { gate, attached });
    } catch (error) {
      await attached.close();
      const code: RefusalCode | undefined = error instanceof RefusalError ? error.code : undefined;
      if (!joining.hasAsked || (code !== undefined && isFinalRefusal(code))) await this.#forget(link.chain);
      throw error;
    }
  }

  async #forget(chain: Hash): Promise<void> {
    await this.#ports.store.drop(chainSpaceName(chain));
    await this.#ports.keys.delete(`${toHex(chain)}/node`);
  }

  async #keepTrying(link: InvitationLink, own: OwnRow, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#closing]);
    while (!either.aborted) {
      try {
        await this.#attempt(link, own, signal, () => undefined);
        return;
      } catch (error) {
        if (error instanceof RefusalError && isFinalRefusal(error.code)) return;
        await sleep(this.#ports.clock, RESUME_PAUSE_MS, either).catch(() => undefined);
      }
    }
  }
}
