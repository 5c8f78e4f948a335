/** Rules that a chain can start with. */
import { BODY_BYTES_DEFAULT, DAY_MS, INVITATION_LIFETIME_MS_MAX, TRANSACTION_HORIZON_MS } from '../base/limits.ts';
import type { Rules } from '../codec/rules.ts';
import { roleMask } from './roles.ts';

const ANYONE_WHO_WRITES = roleMask(['writer', 'federation']);
const FEDERATION = roleMask(['federation']);

/** *Open link*: whoever holds a link to read or write is in; every other role waits for governance. */
export function openLinkRules(): Rules {
  const byInvitation = { rule: { type: 'invitation' }, cap: 0, operatorMask: 0 } as const;
  const never = { rule: { type: 'never' }, cap: 0, operatorMask: 0, inviters: FEDERATION } as const;
  return {
    version: 1,
    roles: [
      { role: 'observer', ...byInvitation, inviters: ANYONE_WHO_WRITES },
      { role: 'writer', ...byInvitation, inviters: ANYONE_WHO_WRITES },
      { role: 'federation', ...never },
      { role: 'validator', ...never },
      { role: 'auditor', ...never },
      { role: 'relay', ...byInvitation, inviters: FEDERATION },
      { role: 'gateway', ...never },
    ],
    governance: [],
    knocks: false,
    publicRead: false,
    limits: {
      transactionHorizonMs: TRANSACTION_HORIZON_MS,
      requestLifetimeMs: 14 * DAY_MS,
      suspensionMs: 7 * DAY_MS,
      readyAgeMs: DAY_MS,
      invitationLifetimeMs: INVITATION_LIFETIME_MS_MAX,
      bodyBytes: BODY_BYTES_DEFAULT,
    },
    approvedSoftware: [],
    auditorsQuorum: 0,
    networkKeyHashes: [],
    token: [],
  };
}
