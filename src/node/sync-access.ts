/**
 * What each level may ask over `/latchkey/sync/1`. Members ask for anything; a guest and a knocker for what lets them see
 * that their chain is the right one and what has become of their own request; somebody unknown, where knocks are allowed,
 * for the rules that say so.
 */
import { equal } from '../core/base/bytes.ts';
import type { PublicKey } from '../core/base/key.ts';
import { type RefusalCode, unreachable } from '../core/base/result.ts';
import { memberIdOf, RECORD_KIND_NAMES, RECORD_KINDS, type RecordKind } from '../core/codec/records.ts';
import type { SyncRequest } from '../core/codec/sync-message.ts';
import { rulesOf } from '../core/membership/facts.ts';
import type { Ledger } from './ledger.ts';
import type { AccessLevel } from './ports.ts';

/** Why it may not ask this; `undefined` if it may. `nodeKey`, where it is given, holds a guest to records of its own. */
export function refusalToAsk(
  ledger: Ledger,
  access: AccessLevel,
  asked: SyncRequest,
  nodeKey: PublicKey | undefined,
): RefusalCode | undefined {
  const rules = rulesOf(ledger.state);
  switch (access) {
    case 'member':
    case 'validator':
      return undefined;
    case 'guest':
    case 'knocker':
      return rules.publicRead || guestMayAsk(ledger, asked, nodeKey) ? undefined : 'not-a-member';
    case 'foreign':
      if (!asksForRules(asked)) return 'not-a-member';
      return rules.knocks ? undefined : 'knocks-closed';
    default:
      return unreachable(access);
  }
}

function asksForRules(asked: SyncRequest): boolean {
  return asked.type === 'finality' || asked.type === 'epochs' || (asked.type === 'state-proof' && asked.kind === RECORD_KINDS.rules.number);
}

function guestMayAsk(ledger: Ledger, asked: SyncRequest, nodeKey: PublicKey | undefined): boolean {
  switch (asked.type) {
    case 'finality':
    case 'epochs':
    case 'own-member':
    case 'fork-proof':
      return true;
    case 'state-proof':
      return isForGuests(ledger, kindOf(asked.kind), asked.id, nodeKey);
    case 'deciders':
      return isOwnRequest(ledger, asked.request, nodeKey);
    case 'snapshot':
    case 'history-index':
    case 'bundles':
    case 'headers':
    case 'blocks':
      return false;
    default:
      return unreachable(asked);
  }
}

/** A kind of record by its number. */
export function kindOf(number: number): RecordKind | undefined {
  return RECORD_KIND_NAMES.find((kind) => RECORD_KINDS[kind].number === number);
}

function isForGuests(ledger: Ledger, kind: RecordKind | undefined, id: Uint8Array, nodeKey: PublicKey | undefined): boolean {
  switch (kind) {
    case 'invitation':
    case 'rules':
    case 'device-link':
      return true;
    case 'device':
    case 'retired':
      return nodeKey === undefined || equal(id, nodeKey);
    case 'member':
      return nodeKey === undefined || equal(id, memberIdOf(ledger.chain, nodeKey));
    case 'request':
      return isOwnRequest(ledger, id, nodeKey);
    default:
      return false;
  }
}

/** That there is no such request is for anybody to know. */
function isOwnRequest(ledger: Ledger, id: Uint8Array, nodeKey: PublicKey | undefined): boolean {
  const record = ledger.state.get('request', id);
  return record === undefined || nodeKey === undefined || equal(record.subject, nodeKey);
}
