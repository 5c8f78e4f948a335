/** Devices that become validators of one chain, one after the other, by the rules. */

import { toHex } from '../../src/core/base/bytes.ts';
import type { Hash } from '../../src/core/base/hash.ts';
import type { Chain } from '../../src/node/chain.ts';
import { type Device, until } from './device.ts';

type Someone = (name: string) => Promise<Device>;

export const trustOf = (chain: Chain) => chain.node.ledger.trust;

export function idOf(device: Device): Hash {
  const own = device.chain.members().find(({ you }) => you);
  if (own === undefined) throw new Error('not a member');
  return own.id;
}

export function idOfMember(chain: Chain, called: string): Hash {
  const found = chain.members().find(({ name }) => name === called);
  if (found === undefined) throw new Error(`${called} is no member`);
  return found.id;
}

/** A chain of Ada's, with so many validators besides her. */
export async function grown(someone: Someone, others: number): Promise<readonly Device[]> {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
  const all = [ada];
  for (const name of ['Ben', 'Cem', 'Dee', 'Eva', 'Fay', 'Gus'].slice(0, others)) {
    const next = await someone(name);
    await next.joins(await ada.invites());
    await becomesValidator(ada, next);
    all.push(next);
    await settled(all);
  }
  return all;
}

export async function becomesValidator(ada: Device, next: Device): Promise<void> {
  const before = trustOf(ada.chain).seats.length;
  await ada.chain.governance.propose({ type: 'grant', member: idOf(next), role: 'validator' });
  await until(ada.chain, () => trustOf(ada.chain).seats.length > before);
}

/** Everybody is at the same height. */
export async function settled(devices: readonly Device[]): Promise<void> {
  for (;;) {
    const height = Math.max(...devices.map(({ chain }) => chain.height));
    for (const { chain } of devices) await until(chain, () => chain.height >= height);
    if (devices.every(({ chain }) => chain.height === height)) return;
  }
}

/** Writes, and waits until it is final there. */
export const writes = (device: Device, text: string): Promise<void> => writesOn(device.chain, text);

export async function writesOn(chain: Chain, text: string): Promise<void> {
  const id = await chain.append(text);
  await until(chain, () => !chain.pending().some((entry) => toHex(entry.id) === toHex(id)));
}
