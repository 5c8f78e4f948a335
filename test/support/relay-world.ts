/** A group that lets relays earn their seats: `rita` relays, and members sign what she did for them. */
import { DAY_MINUTES, DAY_MS, HOUR_MS } from '../../src/core/base/limits.ts';
import type { Genesis } from '../../src/core/codec/genesis.ts';
import type { RelayReceipt } from '../../src/core/codec/relay-receipt.ts';
import type { RoleRule, Rule, Rules } from '../../src/core/codec/rules.ts';
import type { ActionOf } from '../../src/core/codec/transaction.ts';
import { dayOf } from '../../src/core/membership/transitions/serve.ts';
import { type AwardNumbers, awardNumbersList } from '../../src/core/policy/award.ts';
import { approvals, Group, INVITATION, twoApprove } from './group.ts';
import { founderOf, genesisOf, keyOf, SIGNATURE } from './world.ts';

export const NUMBERS: AwardNumbers = { attesters: 3, perSponsor: 1, streakDays: 2, percent: 90, kib: 0, odds: 1, tokens: 2 };
export const EARNED: Rule = { type: 'allOf', rules: [{ type: 'token' }, approvals(2)] };

/** Relays by invitation; validators by a token and two approvals. */
export function earningRules(numbers: Partial<AwardNumbers> = {}, validator: Partial<RoleRule> = {}): Rules {
  const roles = { relay: { rule: INVITATION }, writer: { rule: INVITATION }, validator: { rule: EARNED, ...validator } };
  return twoApprove({ token: awardNumbersList({ ...NUMBERS, ...numbers }) }, roles);
}

export class RelayWorld extends Group {
  /** Everybody of a group (`Group.of`), and rita, whom alice invited to relay. */
  static earning(rules: Rules = earningRules()): RelayWorld {
    const people = Object.entries({
      alice: ['federation', 'validator'],
      bob: ['federation'],
      cid: ['federation'],
      val: ['validator'],
      ben: ['writer'],
      olga: ['observer'],
    } as const);
    const genesis: Genesis = genesisOf(
      people.map(([name, roles]) => founderOf(name, roles)),
      { rules },
    );
    const world = new RelayWorld(genesis);
    world.admit('rita', 'relay');
    world.nextDay();
    return world;
  }

  get today(): number {
    return dayOf(this.time);
  }

  /** On to two hours past midnight. */
  nextDay(days = 1): void {
    this.pass((this.today + days) * DAY_MS + 2 * HOUR_MS - this.time);
  }

  receipt(signer: string, changes: Partial<RelayReceipt> = {}): RelayReceipt {
    return {
      node: keyOf(signer),
      watched: DAY_MINUTES,
      minutes: DAY_MINUTES,
      breaks: 0,
      circuits: 1,
      kib: 10,
      signature: SIGNATURE,
      ...changes,
    };
  }

  receipts(
    relay: string,
    signers: readonly string[],
    changes: Partial<RelayReceipt> = {},
    day = this.today - 1,
  ): ActionOf<'relay-receipts'> {
    return { type: 'relay-receipts', relay: this.idOf(relay), day, receipts: signers.map((name) => this.receipt(name, changes)) };
  }

  /** A day passes, at the end of which these say that it was served. */
  serve(relay: string, signers: readonly string[], changes: Partial<RelayReceipt> = {}): string {
    this.nextDay();
    return this.act(relay, this.receipts(relay, signers, changes));
  }

  /** The blocks after which lots are drawn. */
  draw(): void {
    this.block();
    this.block();
  }

  hasToken(name: string): boolean {
    return this.state.get('token', this.idOf(name)) !== undefined;
  }
  get awards() {
    return this.state.get('awards', new Uint8Array(0));
  }
  service(name: string) {
    return this.state.get('service', this.idOf(name));
  }
}
