/** `latchkey-relay devices` and `latchkey-relay link-device`: the devices of this node's member. */
import type { DeviceLinkAnswer, DevicesAnswer } from '../desk.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';
import { qrCode } from './output.ts';

export const devices = asking({
  name: 'devices',
  help: helpOf('devices', 'Lists the devices of this node’s member, and what each may do.'),
  options: CHAIN_OPTION,
  command: 'devices',
  ask: ({ chain }) => ({ chain }),
  describe: describeDevices,
});

export const linkDevice = asking({
  name: 'link-device',
  help: helpOf('link-device', 'Makes a link by which one more device becomes this member’s, to read and write; it lives for an hour.'),
  options: CHAIN_OPTION,
  command: 'link-device',
  ask: ({ chain }) => ({ chain }),
  describe: ({ url, expires }: DeviceLinkAnswer) => `${url}\n\n${qrCode(url)}\n\nWorks until ${expires}.`,
  waits: ({ final }) => !final,
});

function describeDevices({ devices: all }: DevicesAnswer): string {
  return all
    .map(({ fingerprint, since, roles, thisOne }) => `${fingerprint}  since ${since}${thisOne ? ' (this node)' : ''}: ${roles.join(', ')}`)
    .join('\n');
}
