/**
 * Knocks that wait at this node: requests to join by somebody without a live invitation, kept off the log until a federation
 * member decides (DESIGN §5). Bounded in number, one a key and few a source; what comes in has cost its maker some work. They survive a
 * restart, spread to the nodes of the federation, and go once they are decided or expired.
 */
import { equal, toHex } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { isAdmissibleKey, type PublicKey } from '../core/base/key.ts';
import { KNOCK_LIFETIME_MS, KNOCKS_MAX, KNOCKS_PER_MEMBER_MAX, KNOCKS_PER_PEER_MAX, NAME_BODY_BYTES_MAX } from '../core/base/limits.ts';
import type { RefusalCode } from '../core/base/result.ts';
import { bodyRefOf } from '../core/codec/body.ts';
import { decode, encode } from '../core/codec/codec.ts';
import { hasWork, type Knock, knockIdOf, knockSignedText } from '../core/codec/knock.ts';
import { type CarriedKnock, carriedKnock, encodeSessionMessage } from '../core/codec/session-message.ts';
import { actorOf, rulesOf } from '../core/membership/facts.ts';
import { ruleFor } from '../core/policy/roles.ts';
import type { Ledger } from './ledger.ts';
import type { Clock, Session, Verifier } from './ports.ts';
import { isInside } from './session-access.ts';

const ROW_BYTES_MAX = 4 * 1024;
/** Between the knocker's clock and ours. */
const SKEW_MS_MAX = 10 * 60 * 1000;

/** A knock that waits here. */
export interface WaitingKnock {
  readonly id: Hash;
  readonly carried: CarriedKnock;
}

export interface KnocksPorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly verifier: Verifier;
  sessions(): readonly Session[];
  refuse(session: Session, id: Hash, code: RefusalCode): void;
  changed(): void;
}

/** All of it but questions runs in the node's queue. */
export class Knocks {
  readonly #ports: KnocksPorts;
  /** By the hexadecimal of the knocker's key. */
  readonly #byKey = new Map<string, WaitingKnock>();
  /** Who brought each that waits, by the same; those of before a restart are nobody's. */
  readonly #broughtBy = new Map<string, string>();
  /** Sessions that have had their one knock. */
  readonly #heard = new WeakSet<Session>();

  constructor(ports: KnocksPorts) {
    this.#ports = ports;
  }

  /** Takes up what was kept; rows that cannot be read are as good as none. */
  async takeUp(): Promise<void> {
    const rows = await this.#ports.ledger.space.range('meta', 'knock/', 'knock/g', KNOCKS_MAX);
    for (const { value } of rows) {
      const row = decode(carriedKnock, value, ROW_BYTES_MAX);
      if (row.ok) this.#byKey.set(toHex(row.value.signed.knock.key), waitingOf(row.value));
    }
    await this.dropSettled();
  }

  /** What waits, the first to expire first. */
  list(): readonly WaitingKnock[] {
    return [...this.#byKey.values()].sort((a, b) => a.carried.signed.knock.expiry - b.carried.signed.knock.expiry);
  }

  get(id: Hash): WaitingKnock | undefined {
    return this.list().find((one) => equal(one.id, id));
  }

  has(key: PublicKey): boolean {
    return this.#byKey.has(toHex(key));
  }

  /** Somebody knocks, or a member tells of one who does. */
  async receive(session: Session, carried: CarriedKnock): Promise<void> {
    const knock = waitingOf(carried);
    const known = this.#byKey.get(toHex(carried.signed.knock.key));
    const isKnown = known !== undefined && equal(known.id, knock.id);
    const code = this.#refusalOf(session, knock) ?? (isKnown ? undefined : await this.#keep(session, knock, known));
    if (code !== undefined) return this.#ports.refuse(session, knock.id, code);
    if (session.access === 'foreign') session.setAccess('knocker');
    if (isKnown) return;
    for (const other of this.#federationSessions()) if (other.id !== session.id) send(other, carried);
    this.#ports.changed();
  }

  #refusalOf(session: Session, { id, carried }: WaitingKnock): RefusalCode | undefined {
    const { knock } = carried.signed;
    if (!isInside(session.access)) {
      if (!equal(knock.key, session.nodeKey)) return 'not-allowed';
      if (this.#heard.has(session) && !this.has(knock.key)) return 'slow-down';
      this.#heard.add(session);
    }
    if (!hasWork(id)) return 'work-missing';
    const { hash, length } = bodyRefOf(carried.name);
    if (length > NAME_BODY_BYTES_MAX || knock.name.length !== length || !equal(knock.name.hash, hash)) return 'body-mismatch';
    return knock.expiry > this.#ports.clock.now() + KNOCK_LIFETIME_MS + SKEW_MS_MAX ? 'expiry-too-far' : this.#settled(id, knock);
  }

  /** Why a knock does not wait, by final state and our clock. */
  #settled(id: Hash, knock: Knock): RefusalCode | undefined {
    const { ledger, clock } = this.#ports;
    const rules = rulesOf(ledger.state);
    if (!equal(knock.chain, ledger.chain)) return 'wrong-chain';
    if (!rules.knocks) return 'knocks-closed';
    if (knock.expiry <= clock.now()) return 'expired';
    if (!isAdmissibleKey(knock.key)) return 'bad-key';
    if (ledger.state.get('device', knock.key) !== undefined) return 'already-member';
    if (ledger.state.get('retired', knock.key) !== undefined) return 'key-retired';
    if (ledger.state.get('request', id) !== undefined) return 'request-closed';
    const rule = ruleFor(rules, knock.role)?.rule;
    return rule === undefined || rule.type === 'never' ? 'not-allowed' : undefined;
  }

  /** Verifies and keeps one, in place of an earlier one of the same key. */
  async #keep(session: Session, knock: WaitingKnock, before: WaitingKnock | undefined): Promise<RefusalCode | undefined> {
    const { verifier, ledger } = this.#ports;
    const source = this.#sourceOf(session);
    if (before === undefined && (this.#byKey.size >= KNOCKS_MAX || this.#isFull(source))) return 'too-many-pending';
    const { signed } = knock.carried;
    const check = { key: signed.knock.key, message: knockSignedText(signed.knock), signature: signed.signature };
    const [good] = await verifier.verify([check], 'message');
    if (good !== true) return 'bad-signature';
    await ledger.space.write(
      [
        ...(before === undefined ? [] : [{ type: 'delete', table: 'meta', key: rowKey(before) } as const]),
        { type: 'put', table: 'meta', key: rowKey(knock), value: encode(carriedKnock, knock.carried) },
      ],
      'relaxed',
    );
    this.#byKey.set(toHex(signed.knock.key), knock);
    if (before === undefined) this.#broughtBy.set(toHex(signed.knock.key), source.name);
    return undefined;
  }

  /** A member, whichever node of it tells, or a peer, whichever key it knocks with: one flooder takes no more than its part. */
  #sourceOf({ access, nodeKey, peer }: Session): Source {
    const member = isInside(access) ? actorOf(this.#ports.ledger.state, nodeKey)?.id : undefined;
    return member === undefined
      ? { name: `peer ${peer}`, max: KNOCKS_PER_PEER_MAX }
      : { name: `member ${toHex(member)}`, max: KNOCKS_PER_MEMBER_MAX };
  }

  #isFull({ name, max }: Source): boolean {
    return [...this.#broughtBy.values()].filter((one) => one === name).length >= max;
  }

  /** A session with somebody who decides: it hears of all that waits. */
  opened(session: Session): void {
    if (!isInside(session.access) || !this.#decides(session)) return;
    for (const { carried } of this.#byKey.values()) send(session, carried);
  }

  /** Lets go of what was decided, expired, or cannot be decided any more. */
  async dropSettled(): Promise<void> {
    const settled = [...this.#byKey].filter(([, { id, carried }]) => this.#settled(id, carried.signed.knock) !== undefined);
    if (settled.length === 0) return;
    for (const [key] of settled) {
      this.#byKey.delete(key);
      this.#broughtBy.delete(key);
    }
    const rows = settled.map(([, knock]) => ({ type: 'delete', table: 'meta', key: rowKey(knock) }) as const);
    await this.#ports.ledger.space.write(rows, 'relaxed');
    this.#ports.changed();
  }

  #federationSessions(): readonly Session[] {
    return this.#ports.sessions().filter((session) => isInside(session.access) && this.#decides(session));
  }

  #decides({ nodeKey }: Session): boolean {
    return actorOf(this.#ports.ledger.state, nodeKey)?.roles.includes('federation') ?? false;
  }
}

interface Source {
  readonly name: string;
  readonly max: number;
}

function waitingOf(carried: CarriedKnock): WaitingKnock {
  return { id: knockIdOf(carried.signed.knock), carried };
}

function rowKey({ id }: WaitingKnock): string {
  return `knock/${toHex(id)}`;
}

function send(session: Session, knock: CarriedKnock): void {
  session.send(encodeSessionMessage({ type: 'knock', knock }));
}
