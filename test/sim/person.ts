/**
 * Somebody in front of a device: founds, invites, joins, writes, leaves, and begins again whenever the device dies under
 * their hands. Uses nothing but what an embedding developer has.
 */
import { equal } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import { type RefusalCode, RefusalError, unwrap } from '../../src/core/base/result.ts';
import type { InvitationLink } from '../../src/core/codec/link.ts';
import { linkToCode } from '../../src/core/codec/link-text.ts';
import type { Chain, InvitationInfo } from '../../src/node/chain.ts';
import type { Latchkey } from '../../src/node/latchkey.ts';
import type { PeerAddress } from '../../src/node/ports.ts';
import type { Chance } from './chance.ts';
import { type Device, describe } from './device.ts';
import type { Ground } from './ground.ts';
import type { InvitationPlan, Society } from './society.ts';

const LONG_ENTRY_CHARACTERS_MAX = 20_000;
const BURST_MAX = 4;
const CANCEL_LIKELIHOOD = 0.15;

/** What a person may be told of an invitation, if it is true. */
const ANSWERS: ReadonlySet<RefusalCode> = new Set(['invitation-used', 'invitation-expired', 'invitation-revoked']);
/** What says something of the moment: the person tries again. The chain may not have the invitation yet. */
const MOMENTARY: ReadonlySet<RefusalCode> = new Set([
  'no-relay',
  'timed-out',
  'closed',
  'aborted',
  'not-available',
  'relays-full',
  'slow-down',
  'wrong-answer',
  'hosting-refused',
  'invitation-unknown',
  'unknown-chain',
  'storage-failed',
]);

export class Person {
  readonly name: string;
  readonly device: Device;
  readonly #ground: Ground;
  readonly #society: Society;
  readonly #chance: Chance;
  #written = 0;
  #isGone = false;

  constructor(ground: Ground, society: Society, device: Device, chance: Chance) {
    this.name = device.name;
    this.device = device;
    this.#ground = ground;
    this.#society = society;
    this.#chance = chance;
  }

  #pause(minMs: number, maxMs: number): Promise<void> {
    return this.#society.pause(this.#chance.int(minMs, maxMs));
  }

  #note(what: string): void {
    this.#ground.trace.note(this.name, what);
  }

  /** The chain on the device as it runs now. */
  get chain(): Chain | undefined {
    const { chain } = this.#society;
    return chain === undefined ? undefined : this.device.latchkey?.chain(chain);
  }

  /** Does something until it has an outcome, through refusals of the moment and the device's deaths. */
  async #persist<T>(what: string, work: (latchkey: Latchkey) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        const done = await this.device.use(work);
        if (done !== undefined) return done;
      } catch (error) {
        if (!(error instanceof RefusalError) || !MOMENTARY.has(error.code)) throw error;
        this.#note(`${what}: ${error.code}`);
      }
      await this.#pause(300, 3_000);
    }
  }

  // ---------------------------------------------------------------- founding and inviting

  async found(relay: PeerAddress | undefined): Promise<void> {
    const options = { name: 'Garden club', yourName: this.name };
    const chain = await this.#persist('founding', (latchkey) =>
      latchkey.createChain(relay === undefined ? options : { ...options, relay }),
    );
    this.#society.chain = chain.id;
    this.#note('founded the chain');
  }

  /** Makes an invitation, sends its link once it is final, and revokes it if that is the plan. */
  async invite(plan: InvitationPlan): Promise<void> {
    const made = await this.#persist(`inviting (${plan.label})`, async () => this.chain?.invite(invitationOptions(plan)));
    if (made === undefined) throw new Error('nothing was made');
    this.#society.invitations.set(plan.label, { id: made.id, plan });
    const link = await this.#finalLink(made);
    this.#note(`sends link ${plan.label}${link === undefined ? ': expired already' : ''}`);
    this.#society.send(plan.label, link === undefined ? undefined : linkToCode(link));
    if (plan.revokedAfterMs === undefined) return;
    await this.#society.pause(plan.revokedAfterMs);
    await this.#revoke(made);
  }

  async #finalLink(made: InvitationInfo): Promise<InvitationLink | undefined> {
    while (this.#ground.clock.now() < made.expiry) {
      const info = this.chain?.invitations().find(({ id, pending }) => equal(id, made.id) && !pending);
      if (info?.link !== undefined) return info.link;
      await this.#pause(200, 800);
    }
    return undefined;
  }

  async #revoke({ id }: InvitationInfo): Promise<void> {
    try {
      const revoked = await this.#persist('revoking', async () => this.chain?.revoke(id).then(() => true));
      this.#note(`revoked an invitation: ${revoked}`);
    } catch (error) {
      // Used up or expired meanwhile, which is as good.
      if (!(error instanceof RefusalError) || !ANSWERS.has(error.code)) throw error;
    }
  }

  // ---------------------------------------------------------------- validators

  /** Proposes that a member validates, which one federation member decides alone. */
  async grantsValidator(name: string): Promise<void> {
    for (;;) {
      const member = this.chain?.members().find((one) => one.name === name);
      if (member?.roles.includes('validator') === true || member?.left === true) return;
      if (member !== undefined && !this.#isProposing()) await this.#proposes(member.id);
      await this.#pause(300, 1_500);
    }
  }

  #isProposing(): boolean {
    const items = this.chain?.node.outbox.items() ?? [];
    return items.some(({ transaction, refused }) => refused === undefined && transaction.unsigned.action.type === 'propose');
  }

  async #proposes(member: Hash): Promise<void> {
    try {
      await this.device.use(async () => this.chain?.governance.propose({ type: 'grant', member, role: 'validator' }));
      this.#note('proposes a validator');
    } catch (error) {
      // The member may have the role by now, or another seat have come or gone meanwhile.
      if (!(error instanceof RefusalError)) throw error;
      this.#note(`proposing a validator: ${error.code}`);
    }
  }

  /** Whether a member has a seat, by what this person's device knows. */
  seats(name: string): boolean {
    const { chain } = this;
    const member = chain?.members().find((one) => one.name === name);
    return member !== undefined && (chain?.node.ledger.trust.seats.some((seat) => equal(seat.member, member.id)) ?? false);
  }

  // ---------------------------------------------------------------- joining

  /** Tries the links in order until one lets this person in. */
  async join(labels: readonly string[]): Promise<void> {
    for (const label of labels) {
      const code = await this.#society.letter(label);
      if (code === undefined) continue;
      await this.#pause(0, 1_500);
      if (await this.#tryLink(label, code)) return;
    }
    throw new Error(`${this.name} came in by none of ${labels.join(', ')}`);
  }

  /** Tries a link at once, after having changed it. */
  async joinAt(label: string, changed: (code: string) => string): Promise<void> {
    const code = await this.#society.letter(label);
    if (code !== undefined) await this.#tryLink(label, changed(code));
  }

  async #tryLink(label: string, code: string): Promise<boolean> {
    const outcome = await this.#joinBy(label, code);
    this.#society.attempts.push({ person: this.name, label, outcome });
    this.#note(`link ${label}: ${outcome}`);
    return outcome === 'joined';
  }

  async #joinBy(label: string, code: string): Promise<'joined' | RefusalCode> {
    for (;;) {
      if (this.chain !== undefined) return 'joined';
      // A join that a restart took up may be left to itself; or the person opens the link again.
      const goesOn = (this.device.latchkey?.pendingJoins().length ?? 0) > 0 && this.#chance.happens(0.8);
      try {
        if (!goesOn) await this.#pressJoin(code);
      } catch (error) {
        if (!(error instanceof RefusalError)) throw error;
        if (ANSWERS.has(error.code)) return error.code;
        if (!MOMENTARY.has(error.code)) throw new Error(`link ${label} was refused for ${error.message}`);
        this.#note(`joining by ${label}: ${error.code}`);
      }
      await this.#pause(300, 3_000);
    }
  }

  async #pressJoin(code: string): Promise<void> {
    const cancel = new AbortController();
    const delayMs = this.#chance.int(0, 3_000);
    const cancels = this.#chance.happens(CANCEL_LIKELIHOOD) && !this.#society.quiet;
    const forget = cancels ? this.#ground.clock.schedule(delayMs, () => this.#cancel(cancel)) : () => undefined;
    try {
      await this.device.use((latchkey) => this.#joinOn(latchkey, code, cancel.signal));
    } finally {
      forget();
    }
  }

  async #joinOn(latchkey: Latchkey, code: string, signal: AbortSignal): Promise<void> {
    const link = unwrap(latchkey.openInvitation(code));
    for await (const stage of latchkey.join(link, { name: this.name, signal })) {
      this.#note(stage.type === 'stage' ? stage.stage : stage.type);
    }
  }

  #cancel(cancel: AbortController): void {
    this.#ground.injected.add('join cancelled');
    this.#note('cancels');
    cancel.abort();
  }

  // ---------------------------------------------------------------- writing and leaving

  /** Writes now and then, until all is quiet or this person leaves. */
  async write(): Promise<void> {
    while (!this.#society.quiet && !this.#isGone) {
      await this.#pause(200, 3_500);
      const { chain } = this;
      if (chain === undefined || this.#society.quiet || this.#isGone || !chain.mayWrite) continue;
      const count = this.#chance.happens(0.2) ? this.#chance.int(2, BURST_MAX) : 1;
      const length = this.#chance.happens(0.05) ? this.#chance.int(1, LONG_ENTRY_CHARACTERS_MAX) : 0;
      await Promise.all(Array.from({ length: count }, () => this.#append(chain, length)));
    }
  }

  async #append(chain: Chain, length: number): Promise<void> {
    const text = `${this.name}#${++this.#written}`;
    const entry = { author: this.name, acknowledged: false };
    this.#society.entries.set(text, entry);
    try {
      const id = await this.device.use(() => chain.append(text.padEnd(length, '.')));
      entry.acknowledged = id !== undefined;
      if (id !== undefined) this.#note(`wrote ${text}`);
    } catch (error) {
      // Who has just left, or come by an invitation to read, is told so.
      const isTold = error instanceof RefusalError && (error.code === 'not-a-member' || error.code === 'not-allowed');
      if (!isTold) throw new Error(`${text} was not taken: ${describe(error)}`);
    }
  }

  /** Leaves for good once what was written is final. */
  async leave(): Promise<void> {
    await this.#pause(5_000, 20_000);
    this.#isGone = true;
    await this.#pause(3_000, 3_000);
    while (this.chain === undefined || this.chain.node.outbox.items().length > 0) await this.#pause(500, 1_000);
    await this.#persist('leaving', async () => this.chain?.leave().then(() => true));
    // The device may die before the chain has the word: it keeps it, and says it again.
    // Who was cut off just when it left has it from those who will not talk to it any more.
    while (this.chain === undefined || this.chain.node.standing.now().type === 'member') await this.#pause(300, 600);
    this.#society.left.add(this.name);
    this.#note('leaves the chain');
  }
}

function invitationOptions({ role, uses, shared, lifeMs }: InvitationPlan) {
  return { role, uses, shared, expiresMs: lifeMs };
}
