/** `latchkey-relay devices` and `latchkey-relay link-device`: the devices of this node's member. */
import type { DeviceLinkAnswer, DevicesAnswer } from '../desk.ts';
import { showing } from './ask.ts';
import { qrCode } from './output.ts';

const LINKS = 'Makes a link by which one more device becomes this member’s, to read and write; it lives for an hour.';

export const devices = showing('devices', 'Lists the devices of this node’s member, and what each may do.', describeDevices);
export const linkDevice = showing('link-device', LINKS, describeLink, ({ final }) => !final);

function describeLink({ url, expires }: DeviceLinkAnswer): string {
  return `${url}\n\n${qrCode(url)}\n\nWorks until ${expires}.`;
}

function describeDevices({ devices: all }: DevicesAnswer): string {
  return all
    .map(({ fingerprint, since, roles, thisOne }) => `${fingerprint}  since ${since}${thisOne ? ' (this node)' : ''}: ${roles.join(', ')}`)
    .join('\n');
}
