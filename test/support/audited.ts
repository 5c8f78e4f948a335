/** A consortium's chain with an auditor on it, as tests begin with. */
import type { InvitationLink } from '../../src/core/codec/link.ts';
import { type Device, until } from './device.ts';
import type { Gathering } from './gathering.ts';
import { OPERATOR } from './group.ts';
import { hashOf } from './world.ts';

/** Auditors say who runs them. */
async function asksAs(device: Device, link: InvitationLink): Promise<void> {
  const options = { name: device.name, operator: OPERATOR, signal: AbortSignal.timeout(30_000) };
  for await (const stage of device.latchkey.join(link, options)) if (stage.type === 'joined') return;
}

/** Ada's chain, on which Aud audits. */
export async function audited({ someone }: Pick<Gathering, 'someone'>) {
  const ada = await someone('Ada');
  await ada.latchkey.createChain({ name: 'Harbour', yourName: 'Ada', template: 'consortium' });
  return { ada, aud: await auditsToo({ someone }, 'Aud', ada) };
}

/** An auditor who comes in by a link and Ada's approval, and whose key is registered. */
export async function auditsToo({ someone }: Pick<Gathering, 'someone'>, name: string, ada: Device): Promise<Device> {
  const device = await someone(name);
  const { auditors } = ada.chain.node.ledger.trust;
  const joining = asksAs(device, await ada.invites({ role: 'auditor' }));
  const asked = () => ada.chain.governance.requests().find(({ status }) => status === 'pending');
  await until(ada.chain, () => asked() !== undefined);
  await ada.chain.governance.approve(asked()?.id ?? hashOf('none'));
  await joining;
  await until(ada.chain, () => ada.chain.node.ledger.trust.auditors.length > auditors.length);
  return device;
}

/** A writer who comes in by a link and Ada's approval. */
export async function comesIn({ someone }: Pick<Gathering, 'someone'>, name: string, ada: Device, link?: InvitationLink): Promise<Device> {
  const device = await someone(name);
  const joining = device.joins(link ?? (await ada.invites()));
  const asked = () => ada.chain.governance.requests().find((one) => one.name === name && one.status === 'pending');
  await until(ada.chain, () => asked() !== undefined);
  await ada.chain.governance.approve(asked()?.id ?? hashOf('none'));
  await joining;
  return device;
}
