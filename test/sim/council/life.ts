/** What people do in a council's run: write, invite, join by links, decide, and change who validates. */
import { equal, toHex } from '../../../src/core/base/bytes.ts';
import type { Hash } from '../../../src/core/base/hash.ts';
import { HOUR_MS } from '../../../src/core/base/limits.ts';
import { decodeTransaction, type Transaction } from '../../../src/core/codec/transaction.ts';
import type { Chain, MemberInfo } from '../../../src/node/chain.ts';
import { redeemAtOnce } from '../byzantine/double-redeemer.ts';
import type { Chance } from '../chance.ts';
import type { Ground } from '../ground.ts';
import type { Person } from '../person.ts';
import type { InvitationPlan, Society } from '../society.ts';
import type { Citizen } from './citizen.ts';
import type { Plan } from './plan.ts';
import { beginUpheaval, type UpheavalPorts } from './upheaval.ts';

const INVITATION = { role: 'writer', shared: true, lifeMs: 48 * HOUR_MS, revokedAfterMs: undefined } as const;
const RACE: InvitationPlan = { ...INVITATION, label: 'race', uses: 1 };
const OPEN: InvitationPlan = { ...INVITATION, label: 'open', uses: 0 };

export interface LifePorts {
  readonly ground: Ground;
  readonly plan: Plan;
  readonly society: Society;
  readonly citizens: ReadonlyMap<string, Citizen>;
  readonly people: ReadonlyMap<string, Person>;
  readonly chance: Chance;
  readonly upheaval: Pick<UpheavalPorts, 'recoveryKey' | 'isLevel' | 'lose'>;
  script(what: string, work: () => Promise<void>): void;
  isGone(name: string): boolean;
}

export class CouncilLife {
  readonly #ports: LifePorts;
  /** Guests whose devices know that they are members: who is removed before has no way to hear of either. */
  readonly #arrived = new Set<string>();

  constructor(ports: LifePorts) {
    this.#ports = ports;
  }

  #citizen(name: string): Citizen {
    const citizen = this.#ports.citizens.get(name);
    if (citizen === undefined) throw new Error(`nobody is called ${name}`);
    return citizen;
  }

  get #writers(): readonly string[] {
    const { founders } = this.#ports.plan;
    // The last one's clock may jump.
    return founders.length > 2 ? founders.slice(0, -1) : founders;
  }

  begin(): void {
    const { plan, script } = this.#ports;
    const [alice = ''] = plan.founders;
    // About one entry in three seconds, whatever the number of those who write.
    const every = 1_900 * this.#writers.length;
    for (const name of this.#writers) script(`${name} writes`, () => this.#citizen(name).writes(every / 2, every * 3));
    if (plan.approvals > 0) this.#federationDecides();
    if (plan.guests.length > 0) {
      for (const one of [RACE, OPEN]) script(`${alice} invites by ${one.label}`, () => this.#invite(alice, one));
      if (plan.redeemsTwice) this.#redeemTwice();
      else for (const name of plan.guests) script(`${name} joins`, () => this.#joins(name, ['open']));
    }
    if (plan.governs) script(`${alice} governs`, () => this.#govern(this.#citizen(alice)));
    beginUpheaval({ ...this.#ports, ...this.#ports.upheaval });
  }

  async #joins(name: string, labels: readonly string[]): Promise<void> {
    const { society, people, chance } = this.#ports;
    await society.pause(chance.int(500, 120_000));
    await people.get(name)?.join(labels);
    this.#hasArrived(name);
  }

  #hasArrived(name: string): void {
    this.#arrived.add(name);
    this.#ports.ground.injected.add('member joined');
  }

  /** Two of the guests are one person; a third, if there is one, tries the same link in good faith. */
  #redeemTwice(): void {
    const { plan, people, society, script, ground, chance } = this.#ports;
    const twins = plan.guests.slice(0, 2);
    const others = plan.founders.filter((name) => !plan.byzantine.has(name) && name !== plan.lost);
    const identities = twins.flatMap((name) => people.get(name) ?? []);
    const redeemer = { labels: [RACE.label, OPEN.label], identities, validators: chance.shuffled(others) } as const;
    if (twins.length > 1) ground.injected.add('double redeemer');
    for (const [i, joining] of redeemAtOnce(redeemer, society).entries()) {
      const name = twins[i] ?? '';
      script(`${name} joins`, () => joining.then(() => this.#hasArrived(name)));
    }
    for (const name of plan.guests.slice(2)) script(`${name} joins`, () => this.#joins(name, [RACE.label, OPEN.label]));
  }

  /** Of the three one may collude: it gives its approval over and over, before the others look. */
  #federationDecides(): void {
    const { plan, script, ground, society } = this.#ports;
    const [, bob = '', ...others] = plan.founders.slice(0, 3);
    for (const name of [plan.founders[0] ?? '', ...others]) script(`${name} decides`, () => this.#citizen(name).decides());
    script(`${bob} colludes`, async () => {
      while (!society.quiet) {
        await society.pause(700);
        if (await this.#citizen(bob).colludes()) ground.injected.add('colluding approvers');
      }
    });
  }

  async #invite(name: string, plan: InvitationPlan): Promise<void> {
    await this.#ports.society.pause(2_000);
    while (this.#citizen(name).chain === undefined) await this.#ports.society.pause(500);
    await this.#ports.people.get(name)?.invite(plan);
  }

  // ---------------------------------------------------------------- who validates

  /** Validators come and go. With somebody faulty among them, only those go who came: never more than a third are faulty. */
  async #govern(alice: Citizen): Promise<void> {
    const { society, chance, ground } = this.#ports;
    for (;;) {
      await alice.pause(8_000, 40_000);
      if (society.quiet) return;
      const members = alice.chain?.members().filter(({ left, name }) => !left && name !== alice.name) ?? [];
      const seated = members.filter((member) => this.#hasSeat(alice, member));
      const out = members.filter(({ roles }) => !roles.includes('validator'));
      const removable = this.#expendable(seated);
      const act = chance.pick(['grant', 'grant', 'withdraw', 'remove'] as const);
      if (act === 'grant' && out.length > 0) {
        if (await alice.proposes({ type: 'grant', member: chance.pick(out).id, role: 'validator' }))
          ground.injected.add('validator granted');
      } else if (act === 'withdraw' && removable.length > 0) {
        const { id } = chance.pick(removable);
        if (await alice.proposes({ type: 'withdraw', member: id, role: 'validator' })) ground.injected.add('validator withdrawn');
      } else if (act === 'remove' && this.#arrivedOf(members).length > 0 && chance.happens(0.3)) {
        const member = chance.pick(this.#arrivedOf(members));
        if (await alice.proposes({ type: 'remove', members: [member.id] })) ground.injected.add('member removed');
      }
    }
  }

  #hasSeat({ chain }: Citizen, { id }: MemberInfo): boolean {
    return chain?.node.ledger.trust.seats.some(({ member }) => toHex(member) === toHex(id)) ?? false;
  }

  #guests(members: readonly MemberInfo[]): readonly MemberInfo[] {
    return members.filter(({ name }) => this.#ports.plan.guests.includes(name));
  }

  #arrivedOf(members: readonly MemberInfo[]): readonly MemberInfo[] {
    return members.filter(({ name }) => this.#arrived.has(name));
  }

  #expendable(seated: readonly MemberInfo[]): readonly MemberInfo[] {
    const { byzantine, lost } = this.#ports.plan;
    return byzantine.size > 0 || lost !== undefined ? this.#guests(seated) : seated;
  }

  // ---------------------------------------------------------------- the end

  /** After all faults: one entry more, so that progress is seen. */
  async lastWord(name: string): Promise<void> {
    const { society, plan, isGone } = this.#ports;
    if (isGone(name) || plan.guests.includes(name)) return;
    const citizen = this.#citizen(name);
    await society.pause(1_000);
    while (citizen.chain === undefined) await society.pause(500);
    while (citizen.chain?.mayWrite === true && !(await citizen.write())) await society.pause(1_000);
  }

  /** Whoever joined was approved by as many as the rules ask. */
  async audit(chains: ReadonlyMap<string, Chain>): Promise<void> {
    const [first] = chains;
    if (first === undefined) return;
    const [, { node }] = first;
    const leaves = await node.ledger.leaves(1, node.ledger.tip.header.logSize);
    const transactions = leaves.flatMap(({ bytes }) => {
      const read = decodeTransaction(bytes);
      return read.ok ? [read.value] : [];
    });
    for (const { id, unsigned } of transactions) if (unsigned.action.type === 'join') this.#checkApproved(id, transactions);
  }

  /** As the log tells it: distinct senders of approvals. */
  #checkApproved(join: Hash, transactions: readonly Transaction[]): void {
    const { plan, ground } = this.#ports;
    const approvers = new Set(
      transactions.flatMap(({ unsigned: { sender, action } }) =>
        action.type === 'approve' && equal(action.subject, join) ? toHex(sender) : [],
      ),
    );
    if (approvers.size < plan.approvals) ground.violate(`${approvers.size} approved of a join that ${plan.approvals} had to approve`);
  }
}
