/**
 * The gate: what the network layer talks to about one chain, while this device is a guest and after it has become a
 * member. Sessions outlive that change, so the endpoint stays the same and only what stands behind it changes.
 */
import type { Hash } from '../core/base/hash.ts';
import type { PublicKey } from '../core/base/key.ts';
import { ok, type RefusalCode, RefusalError } from '../core/base/result.ts';
import { PROTOCOL_VERSIONS } from '../core/codec/genesis.ts';
import type { Role } from '../core/codec/primitives.ts';
import type { ChainNode } from './chain-node.ts';
import { farewellTo, readFarewell } from './farewell.ts';
import type { ChainEndpoint, HeldInvite, InvitationClaim, PeerId, Session, Signer, Tip } from './ports.ts';
import { isInside } from './session-access.ts';

/** What a guest hears; a member's node hears instead of it once there is one. */
export interface GuestListener {
  opened(session: Session): void;
  closed(session: Session): void;
  /** The other side lets us do more, or less, or the path is another. */
  changed(session: Session): void;
  message(session: Session, message: Uint8Array): void;
}

export class Gate implements ChainEndpoint {
  readonly chain: Hash;
  readonly signer: Signer;
  readonly protocolVersions = PROTOCOL_VERSIONS;
  readonly #networkKeys: readonly Uint8Array[];
  /** Shown to whoever is met as a guest; `undefined` once this device is a member. */
  readonly #invite: HeldInvite | undefined;
  readonly #firstTip: Tip;
  #node: ChainNode | undefined;
  #guest: GuestListener | undefined;

  constructor(options: {
    readonly chain: Hash;
    readonly signer: Signer;
    readonly networkKeys: readonly Uint8Array[];
    readonly invite?: HeldInvite | undefined;
    readonly firstTip: Tip;
  }) {
    this.chain = options.chain;
    this.signer = options.signer;
    this.#networkKeys = options.networkKeys;
    this.#invite = options.invite;
    this.#firstTip = options.firstTip;
  }

  /** From now on this node answers. */
  open(node: ChainNode): void {
    this.#node = node;
    this.#guest = undefined;
  }

  /** Hears what comes while this device is a guest. */
  listen(guest: GuestListener): void {
    this.#guest = guest;
  }

  roles(): readonly Role[] {
    return this.#node?.roles() ?? [];
  }
  tip(): Tip {
    return this.#node?.tip() ?? this.#firstTip;
  }
  networkKeys(): readonly Uint8Array[] {
    return this.#node?.networkKeys() ?? this.#networkKeys;
  }
  /** A guest knows no state: it serves nobody. */
  access(nodeKey: Session['nodeKey'], claim: InvitationClaim | undefined): ReturnType<ChainEndpoint['access']> {
    return this.#node?.access(nodeKey, claim) ?? ok('foreign');
  }
  invite(): HeldInvite | undefined {
    return this.#node === undefined ? this.#invite : undefined;
  }
  sessionOpened(session: Session): void {
    if (this.#node === undefined) this.#guest?.opened(session);
    else this.#node.sessionOpened(session);
  }
  sessionClosed(session: Session, reason: RefusalCode): void {
    if (this.#node === undefined) this.#guest?.closed(session);
    else this.#node.sessionClosed(session, reason);
  }
  sessionChanged(session: Session): void {
    if (this.#node === undefined) this.#guest?.changed(session);
    else this.#node.sessionChanged();
  }
  networkKeyReceived(session: Session, key: Uint8Array): void {
    const node = this.#node;
    if (node === undefined || !isInside(session.access)) return;
    node.push(async () => {
      await node.keyring.given(key);
      node.tell('sessions');
    });
  }
  async farewell(nodeKey: PublicKey): Promise<Uint8Array | undefined> {
    return this.#node && farewellTo(this.#node.ledger, nodeKey);
  }
  unanswered(): void {
    if (this.#node?.standing.unanswered() === true) this.#node.tell('sessions');
  }
  handshakeRefused(_peer: PeerId, code: RefusalCode, farewell: Uint8Array | undefined): void {
    const node = this.#node;
    if (node?.standing.refused(code) !== true) return;
    node.tell('sessions');
    if (farewell !== undefined) node.push(() => this.#hearOut(node, farewell));
  }
  /** What is not proved says nothing: the refusal alone was told already. */
  async #hearOut(node: ChainNode, farewell: Uint8Array): Promise<void> {
    try {
      const shutOut = await readFarewell(node.ledger, node.ports.verifier, this.signer.publicKey, farewell);
      if (shutOut === undefined) return;
      node.standing.proved(shutOut);
      node.tell('sessions');
    } catch (error) {
      if (!(error instanceof RefusalError)) throw error;
    }
  }
  messageReceived(session: Session, message: Uint8Array): void {
    if (this.#node === undefined) this.#guest?.message(session, message);
    else this.#node.messageReceived(session, message);
  }
  requestReceived(session: Session, request: Uint8Array, signal: AbortSignal): AsyncIterable<Uint8Array> {
    if (this.#node === undefined) throw new RefusalError({ code: 'not-a-member', detail: 'a guest serves nothing' });
    return this.#node.requestReceived(session, request, signal);
  }
  receiptRequested(session: Session, request: Uint8Array): AsyncIterable<Uint8Array> {
    if (this.#node === undefined) throw new RefusalError({ code: 'not-a-member', detail: 'a guest serves nothing' });
    return this.#node.duties.relaying.serve(session, request);
  }
}
