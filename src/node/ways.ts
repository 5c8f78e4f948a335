/**
 * The ways by which a device comes into a chain: by an invitation, by a knock, by a link from another device of the same
 * member. Each says what it checks before it asks and what it asks; what is asked is kept before anybody sees it, so that
 * a reload asks the very same thing again.
 */
import { equal } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { RefusalError, unwrap } from '../core/base/result.ts';
import { bodyRefOf } from '../core/codec/body.ts';
import { knockIdOf } from '../core/codec/knock.ts';
import type { Operator } from '../core/codec/operator.ts';
import type { Role } from '../core/codec/primitives.ts';
import { encodeSessionMessage } from '../core/codec/session-message.ts';
import type { OwnRow } from '../core/codec/stored.ts';
import { type Action, decodeTransaction, type Transaction } from '../core/codec/transaction.ts';
import { endOf } from '../core/membership/checks/invitations.ts';
import { SINGLETON } from '../core/membership/state.ts';
import { ruleFor } from '../core/policy/roles.ts';
import type { GuestProofs } from './guest-proofs.ts';
import { makeKnock } from './knocking.ts';
import { writeOwn } from './own-row.ts';
import type { AccessLevel, Clock, HeldInvite, Random, Session, Signer, Space } from './ports.ts';
import { makeTransaction, textBody } from './writing.ts';

/** What asks to be let in. */
export interface Question {
  /** Of the transaction or knock: also the id of the request that it may open. */
  readonly id: Hash;
  /** The message that carries it. */
  readonly message: Uint8Array;
  /** From then on it cannot enter any more. */
  readonly expiry: number;
}

export interface Way {
  /** What is shown at handshakes while this device is nobody's. */
  readonly invite: HeldInvite | undefined;
  /** What was asked last, if anything was. */
  readonly asked: Question | undefined;
  /** This device's part in the chain, as it is kept so far. */
  readonly own: OwnRow;
  mayAskAt(level: AccessLevel): boolean;
  /** Throws what the chain's state has against it. */
  check(proofs: GuestProofs, session: Session): Promise<void>;
  /** Makes the question, or makes it anew, and keeps it. */
  ask(nextKey: () => Promise<Hash>, signal: AbortSignal): Promise<Question>;
}

export interface WayPorts {
  readonly chain: Hash;
  readonly signer: Signer;
  readonly clock: Clock;
  readonly random: Random;
  readonly space: Space;
}

/** Keeps what asks in this device's row. */
abstract class KeptWay {
  protected readonly ports: WayPorts;
  #own: OwnRow;

  constructor(ports: WayPorts, own: OwnRow) {
    this.ports = ports;
    this.#own = own;
  }

  get own(): OwnRow {
    return this.#own;
  }

  protected async keep(changes: Partial<OwnRow>): Promise<void> {
    const next = { ...this.#own, ...changes };
    await writeOwn(this.ports.space, next);
    this.#own = next;
  }
}

/** Asks by a transaction under this device's own node key. */
export abstract class TransactionWay extends KeptWay {
  get asked(): Question | undefined {
    const { join } = this.own;
    return join === undefined ? undefined : questionOf(unwrap(decodeTransaction(join.leaf)), join.bodies);
  }

  mayAskAt(level: AccessLevel): boolean {
    return level === 'guest' || level === 'member' || level === 'validator';
  }

  protected async askBy(action: Action, bodies: readonly Uint8Array[], cosigner: Signer | undefined): Promise<Question> {
    const { chain, signer, clock } = this.ports;
    const fields = { chain, sequence: 1, now: clock.now(), action };
    const transaction = await makeTransaction(signer, cosigner === undefined ? fields : { ...fields, cosigner });
    await this.keep({ join: { leaf: transaction.bytes, bodies } });
    return questionOf(transaction, bodies);
  }
}

function questionOf(transaction: Transaction, bodies: readonly Uint8Array[]): Question {
  const message = encodeSessionMessage({ type: 'transactions', items: [{ leaf: transaction.bytes, bodies }] });
  return { id: transaction.id, message, expiry: transaction.unsigned.expiry };
}

/** By the link of an invitation. */
export class InvitationWay extends TransactionWay implements Way {
  readonly invite: HeldInvite;
  readonly #role: Role;
  readonly #operator: Operator | undefined;

  constructor(
    ports: WayPorts,
    own: OwnRow,
    options: { readonly invite: HeldInvite; readonly role: Role; readonly operator?: Operator | undefined },
  ) {
    super(ports, own);
    this.invite = options.invite;
    this.#role = options.role;
    this.#operator = options.operator;
  }

  /** The invitation as the chain has it: live, and to the role that the link says. */
  async check(proofs: GuestProofs, session: Session): Promise<void> {
    const { record, header } = await proofs.record(session, 'invitation', this.invite.invitation);
    if (record === undefined) throw new RefusalError({ code: 'invitation-unknown', detail: 'the chain has no such invitation' });
    if (record.role !== this.#role)
      throw new RefusalError({ code: 'invitation-role', detail: `the chain says ${record.role}, the link ${this.#role}` });
    const end = endOf(record, Math.max(header.time, this.ports.clock.now()));
    if (end !== undefined) throw new RefusalError(end);
  }

  async ask(next: () => Promise<Hash>): Promise<Question> {
    const nextKey = await next();
    const body = this.own.join?.bodies[0] ?? textBody(this.ports.random, this.own.yourName);
    const { invitation, signer } = this.invite;
    return this.askBy({ type: 'join', invitation, name: bodyRefOf(body), nextKey, operator: this.#operator }, [body], signer);
  }
}

/** By a link that another device of the same member opened. */
export class DeviceWay extends TransactionWay implements Way {
  readonly invite: HeldInvite;
  #member: Hash | undefined;

  constructor(ports: WayPorts, own: OwnRow, invite: HeldInvite) {
    super(ports, own);
    this.invite = invite;
  }

  /** Finds whose device this is to be. */
  async check(proofs: GuestProofs, session: Session): Promise<void> {
    const found = await proofs.memberOfDeviceLink(session, this.invite.signer.publicKey);
    if (found === undefined) throw new RefusalError({ code: 'link-unknown', detail: 'no member has this link open' });
    this.#member = found.id;
  }

  async ask(): Promise<Question> {
    const { signer } = this.invite;
    if (this.#member === undefined) throw new Error('broken invariant: a device asks once it knows whose it is');
    const step = { type: 'enter', member: this.#member, key: signer.publicKey } as const;
    return this.askBy({ type: 'link-device', step }, [], signer);
  }
}

export interface KnockFor {
  readonly role: Role;
  readonly operator: Operator | undefined;
}

/** Without a live invitation: somebody of the federation must carry the request in. */
export class KnockWay extends KeptWay implements Way {
  readonly invite = undefined;
  readonly #for: KnockFor;

  constructor(ports: WayPorts, own: OwnRow, wish: KnockFor) {
    super(ports, own);
    this.#for = wish;
  }

  get asked(): Question | undefined {
    const { knock } = this.own;
    if (knock === undefined) return undefined;
    const message = encodeSessionMessage({ type: 'knock', knock });
    return { id: knockIdOf(knock.signed.knock), message, expiry: knock.signed.knock.expiry };
  }

  mayAskAt(): boolean {
    return true;
  }

  /** The chain must take knocks, and have the role open to approval. */
  async check(proofs: GuestProofs, session: Session): Promise<void> {
    const { record: rules } = await proofs.record(session, 'rules', SINGLETON);
    if (rules?.knocks !== true) throw new RefusalError({ code: 'knocks-closed', detail: 'the chain takes no knocks' });
    const rule = ruleFor(rules, this.#for.role)?.rule;
    if (rule === undefined || rule.type === 'never')
      throw new RefusalError({ code: 'not-allowed', detail: `nobody is admitted as ${this.#for.role}` });
  }

  async ask(next: () => Promise<Hash>, signal: AbortSignal): Promise<Question> {
    const nextKey = await next();
    const { chain, signer, clock, random } = this.ports;
    const name = this.own.knock?.name ?? textBody(random, this.own.yourName);
    const knock = await makeKnock(signer, clock, { chain, ...this.#for, name, nextKey }, signal);
    await this.keep({ knock });
    const { asked } = this;
    if (asked === undefined || !equal(asked.id, knockIdOf(knock.signed.knock))) throw new Error('broken invariant: what was kept is there');
    return asked;
  }
}
