/** Every action by somebody without the right to it: what each kind of person gets for each thing that they try. */
import { HOUR_MS } from '../../src/core/base/limits.ts';
import type { Role } from '../../src/core/codec/primitives.ts';
import { type AdmissionCase, act, named, type Outcome, type Step } from './admission-case.ts';
import {
  approve,
  assemblyRules,
  changeRules,
  entry,
  grant,
  invite,
  join,
  leave,
  type Make,
  propose,
  reject,
  remove,
  requestRole,
  revoke,
  suspend,
  withdraw,
} from './admission-scene.ts';

/** Lets somebody in by a link of their own. */
export function admitted(name: string, role: Role = 'writer'): readonly Step[] {
  return [act('ada', invite(`to ${name}`, { role })), act(name, join(name, `to ${name}`))];
}

/** Enough approvals for what was proposed or asked under the label. */
export function approved(label: string, ...by: readonly string[]): readonly Step[] {
  return by.map((name) => act(name, approve(label)));
}

/** A change that three founders agree on. */
export function agreed(label: string, change: Make): readonly Step[] {
  return [named(label, 'ada', change), ...approved(label, 'bob', 'cleo')];
}

/** A writer, an observer, one who left, one who was removed and one who is suspended; a request and a proposal wait, and a link is open. */
const PEOPLE: readonly Step[] = [
  ...admitted('wendy'),
  ...admitted('olga', 'observer'),
  ...['lena', 'rolf', 'sam'].flatMap((name) => admitted(name)),
  act('lena', leave),
  ...agreed('removal', propose(remove('rolf'))),
  named('suspension', 'ada', propose(suspend('sam'))),
  act('bob', approve('suspension')),
  act('ada', invite('ada’s link', { uses: 3, lifeMs: HOUR_MS })),
  named('request', 'wendy', requestRole('gateway')),
  named('proposal', 'ada', propose(withdraw('dan', 'federation'))),
];

const EVERYONE = ['zoe', 'olga', 'wendy', 'lena', 'rolf', 'sam'] as const;
type Person = (typeof EVERYONE)[number];

/** A stranger; an observer; a writer; who left; who was removed; who is suspended. */
// biome-ignore format: one line an action, one column a person.
const TABLE: readonly (readonly [string, Make, ...(readonly Outcome[])])[] = [
  // what                              zoe               olga           wendy          lena           rolf           sam
  ['writes',        entry(),           'unknown-sender', 'not-allowed', 'ok',          'key-retired', 'key-retired', 'not-allowed'],
  ['invites a writer', invite('new link'), 'unknown-sender', 'not-allowed', 'ok',      'key-retired', 'key-retired', 'not-allowed'],
  ['invites a relay', invite('new relay', { role: 'relay' }), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['invites a federation member', invite('new chief', { role: 'federation' }), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['revokes another’s link', revoke('ada’s link'), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['approves a request', approve('request'), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['rejects a request', reject('request'), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['approves a proposal', approve('proposal'), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['rejects a proposal', reject('proposal'), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['proposes a grant', propose(grant('wendy', 'federation')), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['proposes a removal', propose(remove('olga')), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['proposes other rules', propose(changeRules(assemblyRules({ knocks: false }))), 'unknown-sender', 'not-allowed', 'not-allowed', 'key-retired', 'key-retired', 'not-allowed'],
  ['asks for a role', requestRole('gateway'), 'unknown-sender', 'ok', 'request-pending', 'key-retired', 'key-retired', 'suspended'],
  ['asks for a role that it has', requestRole('writer'), 'unknown-sender', 'not-allowed', 'role-held', 'key-retired', 'key-retired', 'suspended'],
];

/** Who joins again by another’s link, after all of that. */
const COMES_AGAIN: { readonly [P in Person]: Outcome } = {
  zoe: 'ok',
  olga: 'already-member',
  wendy: 'already-member',
  lena: 'key-retired',
  rolf: 'key-retired',
  sam: 'already-member',
};

export const RIGHTS: readonly AdmissionCase[] = EVERYONE.map((person, column) => ({
  name: `what ${person} may not do`,
  steps: [
    ...PEOPLE,
    ...TABLE.map(([, make, ...gives]) => act(person, make, gives[column] ?? 'ok')),
    act(person, join(person, 'ada’s link'), COMES_AGAIN[person]),
  ],
}));
