/**
 * A chain's membership without signatures, network or blocks' roots: people act by name, one block an action, and the state
 * machine says what it makes of it. Everything that comes in is claimed to be verified, since that is not its business.
 */
import { utf8 } from '../../src/core/base/bytes.ts';
import { type Hash, plainSha256 } from '../../src/core/base/hash.ts';
import { nextKeyDigest, type PublicKey, publicKeyOf, type Signature } from '../../src/core/base/key.ts';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import type { RefusalCode, Result } from '../../src/core/base/result.ts';
import type { Founder, Genesis, Recovery, SignedGenesis } from '../../src/core/codec/genesis.ts';
import { PROTOCOL_VERSION } from '../../src/core/codec/genesis.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { type InvitationRecord, type Member, memberIdOf } from '../../src/core/codec/records.ts';
import type { Rules } from '../../src/core/codec/rules.ts';
import {
  type Action,
  assembleTransaction,
  invitationIdOf,
  type Transaction,
  type UnsignedTransaction,
} from '../../src/core/codec/transaction.ts';
import { applyTransaction, type BlockFacts, beginBlock, endBlock } from '../../src/core/membership/apply.ts';
import { type GenesisState, genesisState } from '../../src/core/membership/genesis-state.ts';
import { type State, StateDraft } from '../../src/core/membership/state.ts';
import { asVerified } from '../../src/core/membership/verified.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';

export const START = 1_795_000_000_000;

const keys = new Map<string, PublicKey>();

/** The key of a name; the same every time. */
export function keyOf(name: string): PublicKey {
  const key = keys.get(name) ?? publicKeyOf(plainSha256(utf8(name)));
  keys.set(name, key);
  return key;
}

export function hashOf(text: string): Hash {
  return plainSha256(utf8(text));
}

/** The body of a name or an entry, as a transaction names it. */
export function refOf(text: string, length = 100) {
  return { hash: hashOf(text), length } as const;
}

/** Stands where a signature would. */
export const SIGNATURE = new Uint8Array(64).fill(7) as Signature;

export function founderOf(name: string, roles: readonly Role[], changes: Partial<Founder> = {}): Founder {
  const office = { vote: roles.includes('validator') ? keyOf(`${name}, vote`) : undefined, note: keyOf(`${name}, note`) };
  const keys = roles.includes('validator') || roles.includes('auditor') ? office : undefined;
  return { node: keyOf(name), roles, name: refOf(name), nextKey: nextKeyDigest(keyOf(`${name}, next`)), keys, endpoints: [], ...changes };
}

/** A genesis with these founders by name; alice alone, as federation and validator, where nothing is said. */
export function genesisOf(
  founders: readonly Founder[] = [founderOf('alice', ['federation', 'validator'])],
  changes: Partial<Genesis> = {},
): Genesis {
  return {
    version: 1,
    name: 'World',
    time: START,
    salt: hashOf('salt'),
    protocol: PROTOCOL_VERSION,
    founders,
    rules: openLinkRules(),
    recovery: { threshold: 0, delayMs: 0, keys: [] },
    ...changes,
  };
}

export function found(genesis: Genesis, signatures = genesis.founders.map(() => SIGNATURE)): Result<GenesisState> {
  const signed: SignedGenesis = { genesis, signatures };
  return genesisState(asVerified(signed));
}

export interface InviteOptions {
  readonly role?: Role;
  readonly uses?: number;
  readonly expiry?: number;
  readonly shared?: boolean;
}

export interface Overrides {
  readonly sequence?: number;
  readonly expiry?: number;
  readonly chain?: Hash;
  readonly signatures?: number;
}

export class World {
  readonly chain: Hash;
  readonly recovery: Recovery;
  /** Time of the last block. */
  time = START;
  /** Height of the last block. */
  height = 0;
  /** Size of the log. */
  leaves = 1;
  state: State;
  /** The id of the last transaction that somebody made. */
  last: Hash;
  readonly #sequences = new Map<string, number>();

  constructor(genesis: Genesis = genesisOf()) {
    const founded = found(genesis);
    if (!founded.ok) throw new Error(founded.refusal.detail);
    this.chain = founded.value.chain;
    this.recovery = genesis.recovery;
    this.state = founded.value.state;
    this.last = this.chain;
  }

  /** What a block at this time and height gives its transactions; block ids are made up. */
  get facts(): BlockFacts {
    return { chain: this.chain, time: this.time, height: this.height, parent: hashOf(`block ${this.height - 1}`), recovery: this.recovery };
  }

  /** A transaction by somebody, with a sequence that advances; what is not said is as it should be. */
  transaction(sender: string, action: Action, overrides: Overrides = {}): Transaction {
    const sequence = overrides.sequence ?? (this.#sequences.get(sender) ?? 0) + 1;
    this.#sequences.set(sender, Math.max(sequence, this.#sequences.get(sender) ?? 0));
    const { chain = this.chain, expiry = this.time + HOUR_MS, signatures = action.type === 'join' ? 2 : 1 } = overrides;
    const unsigned: UnsignedTransaction = { version: 1, chain, sender: keyOf(sender), sequence, expiry, action };
    const made = assembleTransaction(unsigned, Array<Signature>(signatures).fill(SIGNATURE));
    this.last = made.id;
    return made;
  }

  /** One block of these, a second later: what each came to, in order; 'ok' or the code of the refusal. */
  block(...transactions: readonly Transaction[]): readonly ('ok' | RefusalCode)[] {
    this.time += SECOND_MS;
    this.height += 1;
    const facts = this.facts;
    const draft = beginBlock(this.state, facts);
    const outcomes = transactions.map((one) => {
      const code = applyTransaction(draft, facts, this.leaves, asVerified(one))?.code ?? 'ok';
      if (code === 'ok') this.leaves += 1;
      return code;
    });
    endBlock(draft, facts);
    this.state = draft.freeze();
    return outcomes;
  }

  /** A block of one. */
  submit(transaction: Transaction): 'ok' | RefusalCode {
    return this.block(transaction)[0] ?? 'ok';
  }

  act(sender: string, action: Action, overrides?: Overrides): 'ok' | RefusalCode {
    return this.submit(this.transaction(sender, action, overrides));
  }

  /** Nothing happens for a while; then a block without transactions. */
  pass(duration: number): void {
    this.time += duration - SECOND_MS;
    this.block();
  }

  /** Writes into the state what no transition of this version would write. */
  tamper(write: (draft: StateDraft) => void): void {
    const draft = new StateDraft(this.state);
    write(draft);
    this.state = draft.freeze();
  }

  rules(changes: Partial<Rules>): void {
    this.tamper((draft) => draft.put('rules', new Uint8Array(0), { ...openLinkRules(), ...changes }));
  }

  // ---------------------------------------------------------------- what people do

  inviteAction(link: string, options: InviteOptions = {}): Action {
    const { role = 'writer', uses = 1, expiry = this.time + DAY_MS, shared = true } = options;
    return { type: 'invite', key: keyOf(link), role, uses, expiry, shared };
  }
  invite(sender: string, link: string, options?: InviteOptions): 'ok' | RefusalCode {
    return this.act(sender, this.inviteAction(link, options));
  }
  joinAction(name: string, link: string): Action {
    const nextKey = nextKeyDigest(keyOf(`${name}, next`));
    return { type: 'join', invitation: this.idOfLink(link), name: refOf(name), nextKey, operator: undefined };
  }
  join(name: string, link: string): 'ok' | RefusalCode {
    return this.act(name, this.joinAction(name, link));
  }
  revoke(sender: string, link: string): 'ok' | RefusalCode {
    return this.act(sender, { type: 'revoke-invite', invitation: this.idOfLink(link) });
  }
  entry(sender: string, length?: number): 'ok' | RefusalCode {
    return this.act(sender, { type: 'entry', body: refOf('entry', length) });
  }
  leave(sender: string): 'ok' | RefusalCode {
    return this.act(sender, { type: 'leave' });
  }
  /** Invites and joins in two blocks; throws if either is refused. */
  admit(name: string, role: Role = 'writer'): void {
    const outcomes = [this.invite('alice', `link of ${name}`, { role }), this.join(name, `link of ${name}`)];
    if (outcomes.some((one) => one !== 'ok')) throw new Error(`${name}: ${outcomes.join(', ')}`);
  }

  // ---------------------------------------------------------------- what the state says

  idOf(name: string): Hash {
    return memberIdOf(this.chain, keyOf(name));
  }
  idOfLink(link: string): Hash {
    return invitationIdOf(this.chain, keyOf(link));
  }
  invitation(link: string): InvitationRecord | undefined {
    return this.state.get('invitation', this.idOfLink(link));
  }
  member(name: string): Member | undefined {
    return this.state.get('member', this.idOf(name));
  }
  get census() {
    return this.state.get('census', new Uint8Array(0));
  }
}
