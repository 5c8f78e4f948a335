/**
 * What turns a chain upside down: a later protocol version, and recovery by the recovery key: of a chain that lives, and of
 * one that is dead, since more validators are lost for good than it can do without.
 */
import { toHex } from '../../../src/core/base/bytes.ts';
import type { RecoveryPlan } from '../../../src/core/codec/recovery.ts';
import type { Chain } from '../../../src/node/chain.ts';
import type { Signer } from '../../../src/node/ports.ts';
import type { Chance } from '../chance.ts';
import type { Ground } from '../ground.ts';
import { NEXT_VERSION } from '../later-build.ts';
import type { Society } from '../society.ts';
import type { Citizen } from './citizen.ts';
import type { Plan } from './plan.ts';

export interface UpheavalPorts {
  readonly ground: Ground;
  readonly plan: Plan;
  readonly society: Society;
  readonly citizens: ReadonlyMap<string, Citizen>;
  readonly chance: Chance;
  readonly recoveryKey: Signer;
  script(what: string, work: () => Promise<void>): void;
  /** Whether every device is up and has the newest final block. */
  isLevel(): boolean;
  /** The device is gone for good. */
  lose(name: string): void;
}

export function beginUpheaval(ports: UpheavalPorts): void {
  const { plan, citizens, script } = ports;
  const [name = ''] = plan.founders;
  const alice = citizens.get(name);
  if (alice === undefined) return;
  if (plan.upgrades) script(`${name} upgrades`, () => upgrade(alice, ports));
  if (plan.recovers === 'alive') script(`${name} recovers`, () => recoverAlive(alice, ports));
  if (plan.recovers === 'dead') script('most are lost', () => recoverDead(alice, ports));
}

async function upgrade(alice: Citizen, { society, chance, ground }: UpheavalPorts): Promise<void> {
  for (;;) {
    await alice.pause(20_000, 100_000);
    if (society.quiet) return;
    const height = (alice.chain?.height ?? 0) + chance.int(5, 40);
    if (!(await alice.proposes({ type: 'activate', version: NEXT_VERSION, height }))) continue;
    return ground.injected.add('upgrade');
  }
}

/** Those who have a seat are given it anew, a minute after, in the midst of everything. */
async function recoverAlive(alice: Citizen, { society, recoveryKey, ground }: UpheavalPorts): Promise<void> {
  for (;;) {
    await alice.pause(20_000, 200_000);
    if (society.quiet) return;
    if (!(await alice.recovers(recoveryKey, seatsOf))) continue;
    return ground.injected.add('recovery on a live chain');
  }
}

/** All are level when most are lost: what only those had would be lost with them, and nobody could know. */
async function recoverDead(alice: Citizen, ports: UpheavalPorts): Promise<void> {
  const { plan, society, chance, ground, citizens, lose, script, recoveryKey } = ports;
  await alice.pause(150_000, 300_000);
  while (!ports.isLevel()) {
    await society.pause(50);
    if (society.quiet) return;
  }
  const tolerated = Math.floor((plan.founders.length - 1) / 3);
  const gone = chance.shuffled(plan.founders.slice(1)).slice(0, tolerated + 1);
  const epoch = epochOf(alice);
  for (const name of gone) lose(name);
  ground.injected.add('recovery of a dead chain');
  const survivors = plan.founders.filter((name) => !gone.includes(name));
  for (const name of survivors) {
    const citizen = citizens.get(name);
    if (citizen !== undefined) script(`${name} agrees`, () => agree(citizen, epoch));
  }
  while (isIn(alice, epoch)) {
    await alice.pause(3_000, 12_000);
    const isToAct = isIn(alice, epoch) && alice.chain?.recovery.info().seen === undefined;
    if (isToAct) await alice.recovers(recoveryKey, (chain) => seatsOf(chain, survivors));
  }
}

/** Says yes to whatever certificate is seen, until the chain goes on under it. */
async function agree(citizen: Citizen, epoch: number | undefined): Promise<void> {
  while (isIn(citizen, epoch)) {
    await citizen.pause(1_000, 15_000);
    if (citizen.chain?.recovery.info().seen?.confirmed === false) await citizen.confirms();
  }
}

function epochOf({ chain }: Citizen): number | undefined {
  return chain?.node.ledger.tip.header.epoch;
}

/** A device that is down has not gone on. */
function isIn(citizen: Citizen, epoch: number | undefined): boolean {
  return citizen.chain === undefined || epochOf(citizen) === epoch;
}

/** The seats in force, all or those of whom it is said. */
function seatsOf(chain: Chain, names?: readonly string[]): RecoveryPlan['validators'] {
  const nameOf = new Map(chain.members().map(({ id, name }) => [toHex(id), name]));
  return chain.node.ledger.trust.seats
    .filter(({ member }) => names?.includes(nameOf.get(toHex(member)) ?? '') !== false)
    .map(({ node, vote, note }) => ({ node, vote, note }));
}
