/** Sessions of no network, for those who only ask whose they are. */
import type { RefusalCode } from '../../src/core/base/result.ts';
import type { AccessLevel, Session } from '../../src/node/ports.ts';
import { hashOf, keyOf } from './world.ts';

let sessions = 0;

/** A session at this level; `closed` hears why it ends. */
export function sessionOf(access: AccessLevel, closed: (reason: RefusalCode) => void = () => {}): Session {
  const tip = { height: 0, block: hashOf('tip') };
  return {
    id: ++sessions,
    peer: `peer ${sessions}`,
    nodeKey: keyOf(`node ${sessions}`),
    claimedRoles: [],
    tipAtStart: tip,
    ownTipAtStart: tip,
    access,
    grantedAccess: access,
    path: 'direct',
    setAccess: () => {},
    giveNetworkKey: () => {},
    send: () => {},
    request: async function* () {},
    requestReceipt: async function* () {},
    ping: async () => 0,
    close: closed,
  };
}
