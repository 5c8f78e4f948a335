/**
 * Many members who invite, join, ask for roles, decide, propose, change keys and leave: what the bench of the state machine
 * applies. Seeded; each looks at the state as it is and does something that the state should let it do.
 */
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { utf8 } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { nextKeyDigest, type PublicKey, type Signature } from '../../src/core/base/key.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/core/base/limits.ts';
import type { BodyRef } from '../../src/core/codec/body.ts';
import { chainIdOf, type Genesis, PROTOCOL_VERSION } from '../../src/core/codec/genesis.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { type Agenda, trustSetDigest } from '../../src/core/codec/records.ts';
import type { Rules } from '../../src/core/codec/rules.ts';
import { type Action, assembleTransaction, invitationIdOf, type Transaction } from '../../src/core/codec/transaction.ts';
import { actorOf, trustSetOf } from '../../src/core/membership/facts.ts';
import { SINGLETON, type StateReader } from '../../src/core/membership/state.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { seededRandom } from '../support/seeded-random.ts';

const GENESIS_TIME = 1_780_000_000_000;
const FOUNDERS = 7;
const APPROVALS = 2;
const NAME_BODY_BYTES = 64;
const WRITER_AND_OBSERVER_MASK = 0b110;
/** Signatures are checked before the state machine, so that nothing here looks at one. */
const NO_SIGNATURE = new Uint8Array(64) as Signature;

/** Kinds of act, and how many of a thousand each is tried. */
const MIX = {
  invite: 150,
  join: 260,
  'revoke-invite': 40,
  leave: 90,
  'request-role': 90,
  approve: 200,
  reject: 30,
  propose: 60,
  'link-device': 40,
  'rotate-key': 40,
} as const;
export type ActKind = keyof typeof MIX;
const ACT_KINDS = Object.keys(MIX) as readonly ActKind[];

/** A key that acts, the number of the last action that it signed, and the key that may take its place. */
interface Device {
  readonly key: PublicKey;
  readonly next: number;
  sequence: number;
}

interface Act {
  readonly by: Device;
  readonly action: Action;
  readonly signatures: number;
  /** What becomes of the crowd if the act takes effect. */
  readonly done: () => void;
}

export interface CrowdAct {
  readonly kind: ActKind;
  readonly transaction: Transaction;
  /** To be called if it took effect, before the next act. */
  readonly done: () => void;
}

export class Crowd {
  readonly genesis: Genesis;
  readonly chain: Hash;
  readonly #random: () => number;
  readonly #federation: readonly Device[];
  /** Who joined; some have left by now. */
  readonly #members: Device[] = [];
  readonly #invitations: Hash[] = [];
  readonly #links: { readonly member: Hash; readonly key: PublicKey }[] = [];
  #made = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#federation = Array.from({ length: FOUNDERS }, () => this.#device());
    this.genesis = this.#found();
    this.chain = chainIdOf(this.genesis);
  }

  #found(): Genesis {
    const keys = { vote: keyOf(this.#made++), note: keyOf(this.#made++) };
    return {
      version: 1,
      name: 'Bench',
      time: GENESIS_TIME,
      salt: plainSha256(utf8('bench')),
      protocol: PROTOCOL_VERSION,
      founders: this.#federation.map(({ key, next }, i) => ({
        node: key,
        roles: i === 0 ? (['federation', 'validator'] as const) : (['federation'] as const),
        name: this.#name(),
        nextKey: nextKeyDigest(keyOf(next)),
        keys: i === 0 ? keys : undefined,
        endpoints: [],
      })),
      rules: crowdRules(),
      recovery: { threshold: 0, delayMs: 0, keys: [] },
    };
  }

  #device(key = keyOf(this.#made++)): Device {
    return { key, next: this.#made++, sequence: 0 };
  }

  #name(): BodyRef {
    return { hash: plainSha256(utf8(`name ${this.#made}`)), length: NAME_BODY_BYTES };
  }

  // ---------------------------------------------------------------- what they do

  /** An invitation for anybody and so many joins by it, which the rules let take effect: how the crowd comes to be. */
  *arrive(count: number, time: number): Generator<CrowdAct> {
    const invite = this.#invite(time, 0, 'writer');
    yield this.#signed('invite', invite, time);
    const invitation = this.#invitations.pop();
    for (let i = 0; i < count && invitation !== undefined; i++) yield this.#signed('join', this.#joinBy(invitation), time);
  }

  /** The next act, as the state is now. */
  next(state: StateReader, time: number): CrowdAct {
    for (;;) {
      const kind = this.#kind();
      const act = this.#act(kind, state, time);
      if (act !== undefined) return this.#signed(kind, act, time);
    }
  }

  #kind(): ActKind {
    let left = this.#random() * Object.values(MIX).reduce((total, share) => total + share, 0);
    return (
      ACT_KINDS.find((kind) => {
        left -= MIX[kind];
        return left < 0;
      }) ?? 'join'
    );
  }

  #signed(kind: ActKind, { by, action, signatures, done }: Act, time: number): CrowdAct {
    by.sequence += 1;
    const unsigned = { version: 1, chain: this.chain, sender: by.key, sequence: by.sequence, expiry: time + HOUR_MS, action } as const;
    return { kind, transaction: assembleTransaction(unsigned, new Array<Signature>(signatures).fill(NO_SIGNATURE)), done };
  }

  #act(kind: ActKind, state: StateReader, time: number): Act | undefined {
    switch (kind) {
      case 'invite':
        return this.#invite(time, 1 + Math.floor(this.#random() * 3), this.#random() < 0.8 ? 'writer' : 'relay');
      case 'join': {
        const invitation = this.#pick(this.#invitations);
        if (invitation === undefined) return undefined;
        if (state.get('invitation', invitation)?.status === 'live') return this.#joinBy(invitation);
        drop(this.#invitations, invitation);
        return undefined;
      }
      case 'revoke-invite': {
        const invitation = this.#pick(this.#invitations);
        if (invitation === undefined || state.get('invitation', invitation)?.status !== 'live') return undefined;
        return from(this.#founder(), { type: 'revoke-invite', invitation }, () => drop(this.#invitations, invitation));
      }
      case 'leave': {
        const by = this.#member(state);
        return by && from(by, { type: 'leave' }, () => drop(this.#members, by));
      }
      case 'request-role': {
        const by = this.#member(state);
        const holds = by !== undefined && actorOf(state, by.key)?.member.roles.includes('gateway') === true;
        return by && !holds ? from(by, { type: 'request-role', role: 'gateway', operator: undefined }) : undefined;
      }
      case 'approve':
      case 'reject':
        return this.#decide(kind, state);
      case 'propose':
        return this.#propose(state);
      case 'link-device':
        return this.#link(state, time);
      case 'rotate-key':
        return this.#rotate(state);
    }
  }

  #invite(time: number, uses: number, role: Role): Act {
    const key = keyOf(this.#made++);
    const action = { type: 'invite', key, role, uses, expiry: time + 24 * HOUR_MS, shared: true } as const;
    return from(this.#founder(), action, () => this.#invitations.push(invitationIdOf(this.chain, key)));
  }

  #joinBy(invitation: Hash): Act {
    const by = this.#device();
    const nextKey = nextKeyDigest(keyOf(by.next));
    const action = { type: 'join', invitation, name: this.#name(), nextKey, operator: undefined } as const;
    return { by, action, signatures: 2, done: () => this.#members.push(by) };
  }

  /** One of the federation decides about the oldest request or proposal that waits and that it has not decided about. */
  #decide(type: 'approve' | 'reject', state: StateReader): Act | undefined {
    const by = this.#founder();
    const self = actorOf(state, by.key)?.id;
    const waiting = state.get('agenda', SINGLETON);
    const found = self && waiting && this.#undecided(state, waiting, self);
    return found && from(by, { type, ...found, reason: undefined, knock: undefined });
  }

  #undecided(state: StateReader, { requests, proposals }: Agenda, self: Hash): { subject: Hash; basis: Hash } | undefined {
    const lists = this.#random() < 0.5 ? [requests, proposals] : [proposals, requests];
    for (const subject of lists.flat()) {
      const [request, proposal] = [state.get('request', subject), state.get('proposal', subject)];
      const basis = request?.ruleHash ?? proposal?.basis;
      const decided = [request, proposal].flatMap((record) => [...(record?.yes ?? []), ...(record?.no ?? [])]);
      if (basis !== undefined && !decided.some(({ member }) => same(member, self))) return { subject, basis };
    }
    return undefined;
  }

  #propose(state: StateReader): Act | undefined {
    const by = this.#member(state);
    const about = by && actorOf(state, by.key);
    if (about === undefined) return undefined;
    const one = this.#random();
    const member = about.id;
    const change = ((): Change => {
      if (about.member.roles.includes('gateway') && one < 0.5) return { type: 'withdraw', member, role: 'gateway' };
      if (one < 0.5 && !about.member.roles.includes('relay')) return { type: 'grant', member, role: 'relay' };
      return { type: one < 0.75 ? 'suspend' : 'remove', members: [member] };
    })();
    return from(this.#founder(), { type: 'propose', change, trust: trustSetDigest(trustSetOf(state)), reason: undefined });
  }

  /** A member opens a link for one more device, or the device enters by it. */
  #link(state: StateReader, time: number): Act | undefined {
    const link = this.#links.pop();
    if (link !== undefined) {
      const by = this.#device();
      if (state.get('device-link', link.member) === undefined) return undefined;
      return { by, action: { type: 'link-device', step: { type: 'enter', ...link } }, signatures: 2, done: () => undefined };
    }
    const by = this.#member(state);
    const member = by && actorOf(state, by.key)?.id;
    if (by === undefined || member === undefined || state.get('device-link', member) !== undefined) return undefined;
    const key = keyOf(this.#made++);
    const step = { type: 'open', key, roleMask: WRITER_AND_OBSERVER_MASK, expiry: time + 30 * MINUTE_MS } as const;
    return from(by, { type: 'link-device', step }, () => this.#links.push({ member, key }));
  }

  /** A member's next key takes the place of all its keys. */
  #rotate(state: StateReader): Act | undefined {
    const old = this.#member(state);
    const actor = old && actorOf(state, old.key);
    if (old === undefined || actor === undefined) return undefined;
    const by = this.#device(keyOf(old.next));
    const nextKey = nextKeyDigest(keyOf(by.next));
    const action = { type: 'rotate-key', member: actor.id, retire: actor.member.devices, nextKey, stolen: this.#random() < 0.5 } as const;
    return from(by, action, () => {
      drop(this.#members, old);
      this.#members.push(by);
    });
  }

  // ---------------------------------------------------------------- who

  #founder(): Device {
    const one = this.#pick(this.#federation);
    if (one === undefined) throw new Error('broken invariant: the crowd has founders');
    return one;
  }

  /** Somebody who is a member and not suspended. */
  #member(state: StateReader): Device | undefined {
    const one = this.#pick(this.#members);
    const actor = one && actorOf(state, one.key);
    if (actor !== undefined) return actor.member.suspendedUntil === undefined ? one : undefined;
    if (one !== undefined && this.#random() < 0.1) drop(this.#members, one);
    return undefined;
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.#random() * items.length)];
  }
}

function from(by: Device, action: Action, done: () => void = () => undefined): Act {
  return { by, action, signatures: 1, done };
}

/** RFC 8410 §7, up to the seed. Native keys are made in a tenth of the time, and there are very many. */
const PRIVATE_KEY_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const KEY_BYTES = 32;

function keyOf(number: number): PublicKey {
  const key = Buffer.concat([PRIVATE_KEY_HEAD, plainSha256(utf8(`key ${number}`))]);
  const spki = createPublicKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' })).export({ format: 'der', type: 'spki' });
  return new Uint8Array(spki.subarray(-KEY_BYTES)) as PublicKey;
}

/** Takes one out of a list in which the order says nothing. */
function drop<T>(items: T[], one: T): void {
  const at = items.indexOf(one);
  const last = items.pop();
  if (at >= 0 && at < items.length && last !== undefined) items[at] = last;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Writers by invitation, relays by invitation and approvals, gateways by approvals. */
function crowdRules(): Rules {
  const rules = openLinkRules();
  const approvals = { type: 'approvals', approvals: APPROVALS } as const;
  return {
    ...rules,
    roles: rules.roles.map((one) => {
      if (one.role === 'gateway') return { ...one, rule: approvals };
      return one.role === 'relay' ? { ...one, rule: { type: 'allOf', rules: [{ type: 'invitation' }, approvals] } } : one;
    }),
    governance: [1, 2, 3, 4].map((kind) => ({ kind, approvals: APPROVALS })),
  };
}
