/** Stories of checkpoints: validators sign what is final, everybody sees it, and nobody signs two histories. */
import { afterEach, describe, expect, test } from 'vitest';
import { toHex } from '../../src/core/base/bytes.ts';
import { memoryHub } from '../../src/net/memory-transport.ts';
import type { Chain } from '../../src/node/chain.ts';
import { Device, until } from '../support/device.ts';

let hub = memoryHub();
const everybody: Device[] = [];

async function someone(name: string): Promise<Device> {
  const device = await new Device(hub, name).on();
  everybody.push(device);
  return device;
}

afterEach(async () => {
  await Promise.all(everybody.splice(0).map((device) => device.off()));
  hub = memoryHub();
});

const newest = ({ node }: Chain) => node.duties.checkpoints.newest();
const sizeOf = ({ node }: Chain) => node.ledger.tip.header.logSize;

/** Settles once this device holds a checkpoint of all of its log that enough have signed. */
function vouched({ chain }: Device): Promise<void> {
  return until(chain, () => newest(chain)?.vouched === true && newest(chain)?.checkpoint.size === sizeOf(chain));
}

describe('a validator signs what is final', () => {
  test('and a member who only reads holds the same checkpoint', { timeout: 30_000 }, async () => {
    const ada = await someone('Ada');
    await ada.latchkey.createChain({ name: 'Garden club', yourName: 'Ada' });
    const ben = await someone('Ben');
    await ben.joins(await ada.invites());
    await ada.chain.append('Hello');
    await until(ada.chain, () => ada.chain.pending().length === 0);
    await vouched(ada);
    await until(ben.chain, () => ben.chain.height === ada.chain.height);
    await vouched(ben);
    const signed = newest(ben.chain);
    expect(signed?.checkpoint.root).toEqual(ada.chain.node.ledger.tip.header.logRoot);
    expect(signed?.note.text.split('\n')[0]).toBe(`latchkey/${toHex(ada.chain.id)}`);
    expect(signed?.cosigners.map(({ member }) => ben.chain.member(member)?.name)).toEqual(['Ada']);
  });
});
