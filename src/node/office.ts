/**
 * The office of who runs a validator here: makes vote and note keys on this machine, registers them, and says `ready` when this
 * node is level, so that a seat is taken only by who can fill it. A machine that stays on does all this unasked: the role was granted to
 * its member. A browser does it once its person insists (`validating.ts`).
 */
import { equal, utf8 } from '../core/base/bytes.ts';
import type { Hash } from '../core/base/hash.ts';
import { ENDPOINT_BYTES_MAX, ENDPOINTS_MAX, MINUTE_MS } from '../core/base/limits.ts';
import { RefusalError } from '../core/base/result.ts';
import { type Action, officeKeyText } from '../core/codec/transaction.ts';
import type { Vote } from '../core/codec/vote.ts';
import { agendaOf } from '../core/membership/agenda.ts';
import { isEndpoint } from '../core/membership/checks/endpoint.ts';
import { type Actor, rulesOf } from '../core/membership/facts.ts';
import { officeOf } from '../core/membership/seats.ts';
import { isInMask } from '../core/policy/roles.ts';
import { Accusations } from './accusations.ts';
import type { Ledger } from './ledger.ts';
import type { OutboxItem } from './outbox.ts';
import type { Clock, PeerId, Signer } from './ports.ts';

/** What the chain refused, or did not take up yet, is tried again no sooner. */
const TRY_AGAIN_AFTER_MS = 1 * MINUTE_MS;

/** Keys of a chain that are made on this machine when they are first needed, and stay here. */
export interface OfficeKeys {
  vote(): Promise<Signer>;
  note(): Promise<Signer>;
}

export interface OfficePorts {
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly nodeKey: Uint8Array;
  readonly keys: OfficeKeys | undefined;
  readonly versions: readonly number[];
  /** Whether this device is to validate where its member may. */
  mayValidate(): boolean;
  /** The member for whom this device acts. */
  self(): Actor | undefined;
  /** This device's own transactions that are not final yet. */
  outbox(): readonly OutboxItem[];
  /** Whether every final block that anybody told of is here. */
  isLevel(): boolean;
  /** Where others may dial this process, and as whom. */
  addresses(): { readonly peer: PeerId; readonly addresses: readonly string[] };
  submit(action: Action): Promise<void>;
  dismiss(id: Hash): Promise<void>;
  /** Votes by this key from now on, wherever it has a seat. */
  use(vote: Signer): Promise<void>;
}

type OfficeAction = 'register-vote-key' | 'ready';

/** All of it runs in the node's queue. */
export class Office {
  readonly #ports: OfficePorts;
  readonly #accusations: Accusations;
  readonly #tried = new Map<OfficeAction, number>();
  #vote: Signer | undefined;

  constructor(ports: OfficePorts) {
    this.#ports = ports;
    this.#accusations = new Accusations(ports);
  }

  /** Does what is due: after each block, and now and then. */
  async tend(): Promise<void> {
    await this.#dismissRefused();
    const self = this.#ports.self();
    if (self !== undefined) await this.#accusations.bring();
    if (self === undefined || this.#ports.keys === undefined) return;
    if (isToAudit(self) && (await this.#lacksNote(self))) return this.#try('register-vote-key', () => this.#register(undefined));
    if (!isToValidate(self) || !(this.#ports.mayValidate() || hasSeat(this.#ports.ledger, self))) return;
    if ((await this.#lacksKeys(self)) || this.#hasMoved(self)) await this.#try('register-vote-key', () => this.register());
    else if (this.#isReadyDue(self)) await this.#try('ready', () => this.sayReady());
  }

  /** Whether the chain knows no vote key of this device, and no other device of the member holds the office. */
  async #lacksKeys({ id }: Actor): Promise<boolean> {
    const office = officeOf(this.#ports.ledger.state, id);
    if (office === undefined) return true;
    if (!equal(office.node, this.#ports.nodeKey)) return false;
    // Asked after each block, and never another on one machine.
    this.#vote ??= await this.#ports.keys?.vote();
    const vote = this.#vote;
    return vote !== undefined && (office.vote === undefined || !equal(office.vote, vote.publicKey));
  }

  /** Whether the chain knows no key by which this auditor signs, and no other device of the member does. */
  async #lacksNote({ id }: Actor): Promise<boolean> {
    const office = officeOf(this.#ports.ledger.state, id);
    if (office === undefined) return true;
    const note = await this.#ports.keys?.note();
    return equal(office.node, this.#ports.nodeKey) && note !== undefined && !equal(office.note, note.publicKey);
  }

  /** Whether others would look for this machine where it is not any more. What the genesis or a vote said of it stays. */
  #hasMoved({ id }: Actor): boolean {
    const office = this.#ports.ledger.state.get('office', id);
    const now = this.#endpoints();
    if (office === undefined || now.length === 0 || !equal(office.node, this.#ports.nodeKey)) return false;
    return now.length !== office.endpoints.length || !now.every((one) => office.endpoints.some((other) => equal(one, other)));
  }

  /** A candidate's word counts for `readyAgeMs`: it is renewed in time for the seat that may become free. */
  #isReadyDue({ id }: Actor): boolean {
    const { state, tip } = this.#ports.ledger;
    const office = officeOf(state, id);
    if (office === undefined || !equal(office.node, this.#ports.nodeKey) || !this.#ports.isLevel()) return false;
    // A quorum of those who vote must have said that they run a version before the chain goes over to it.
    const { versions } = this.#ports;
    if (office.versions.length !== versions.length || office.versions.some((one, i) => one !== versions[i])) return true;
    const isCandidate = agendaOf(state).candidates.some((one) => equal(one, id));
    const age = Math.max(tip.header.time, this.#ports.clock.now()) - office.ready;
    return isCandidate && age > rulesOf(state).limits.readyAgeMs / 2;
  }

  async #try(action: OfficeAction, work: () => Promise<void>): Promise<void> {
    const now = this.#ports.clock.now();
    const isUnderWay = this.#ports.outbox().some(({ transaction }) => transaction.unsigned.action.type === action);
    if (isUnderWay || now - (this.#tried.get(action) ?? 0) < TRY_AGAIN_AFTER_MS) return;
    this.#tried.set(action, now);
    // What was said before counts for the keys of then.
    if (action === 'register-vote-key') this.#tried.delete('ready');
    await work();
  }

  /** Registers this machine's vote and note keys, and where it is reached. Durable here when it settles. */
  async register(): Promise<void> {
    const vote = await this.#ports.keys?.vote();
    if (vote !== undefined) await this.#ports.use(vote);
    return this.#register(vote);
  }

  /** Auditors have no vote key. */
  async #register(vote: Signer | undefined): Promise<void> {
    const { keys, ledger, nodeKey } = this.#ports;
    const self = this.#ports.self();
    if (keys === undefined || self === undefined)
      throw new RefusalError({ code: 'not-a-member', detail: 'no member of the chain acts here' });
    const note = await keys.note();
    const proofs = [];
    for (const key of vote === undefined ? [note] : [vote, note])
      proofs.push(await key.sign(officeKeyText(ledger.chain, self.key, key.publicKey)));
    if (!equal(self.key, nodeKey)) return;
    await this.#ports.submit({
      type: 'register-vote-key',
      vote: vote?.publicKey,
      note: note.publicKey,
      endpoints: this.#endpoints(),
      proofs,
    });
  }

  #endpoints(): readonly Uint8Array[] {
    const { peer, addresses } = this.#ports.addresses();
    const dialled = addresses.filter((address) => !address.includes('/p2p-circuit'));
    const whole = dialled.map((address) => utf8(address.endsWith(`/p2p/${peer}`) ? address : `${address}/p2p/${peer}`));
    return whole.filter((endpoint) => isEndpoint(endpoint) && endpoint.length <= ENDPOINT_BYTES_MAX).slice(0, ENDPOINTS_MAX);
  }

  /** Says that this node is level and what it runs. Throws `not-available` while it is not level. */
  async sayReady(): Promise<void> {
    if (!this.#ports.isLevel()) throw new RefusalError({ code: 'not-available', detail: 'this node is catching up' });
    const { versions, ledger } = this.#ports;
    await this.#ports.submit({ type: 'ready', versions, height: ledger.tip.header.height });
  }

  /** Sees to it that the chain hears of two votes that convict whoever gave them. */
  async convict(first: Vote, second: Vote): Promise<void> {
    this.#accusations.add(first, second);
    if (this.#ports.self() !== undefined) await this.#accusations.bring();
  }

  /** What was refused was this node's own doing, and no person's to look at. */
  async #dismissRefused(): Promise<void> {
    for (const { transaction, refused } of this.#ports.outbox()) {
      if (refused !== undefined && isOffice(transaction.unsigned.action.type)) await this.#ports.dismiss(transaction.id);
    }
  }
}

/** Whether this device validates now. What it founded alone, nobody else can keep going. */
export function hasSeat({ trust }: Ledger, { key }: Actor): boolean {
  return trust.seats.some(({ node }) => equal(node, key));
}

export function isToValidate({ device, member }: Actor): boolean {
  return member.roles.includes('validator') && member.suspendedUntil === undefined && isInMask(device.roleMask, 'validator');
}

function isOffice(type: Action['type']): boolean {
  return type === 'register-vote-key' || type === 'ready' || type === 'evidence';
}

function isToAudit({ member, device }: Actor): boolean {
  return member.roles.includes('auditor') && member.suspendedUntil === undefined && isInMask(device.roleMask, 'auditor');
}
