/** What somebody may try at any moment, sensible or not: every verb, by anybody, about anything. */
import { nextKeyDigest } from '../../src/core/base/key.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../src/core/base/limits.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';
import type { Rules } from '../../src/core/codec/rules.ts';
import { invitationIdOf } from '../../src/core/codec/transaction.ts';
import { agendaOf } from '../../src/core/membership/agenda.ts';
import { consortiumRules, membersApproveRules, openLinkRules } from '../../src/core/policy/templates.ts';
import type { Act } from './admission-case.ts';
import { earningAssembly, spend, telling } from './admission-earning.ts';
import {
  accuse,
  approveKnock,
  enterDeviceLink,
  openDeviceLink,
  ready,
  recover,
  registerKeys,
  rejectKnock,
  rotate,
} from './admission-keys.ts';
import {
  AUDITOR,
  approvals,
  assemblyRules,
  bodyOf,
  entry,
  FOUNDERS,
  grant,
  idOfMember,
  invite,
  join,
  leave,
  type Make,
  memberIn,
  propose,
  remove,
  requestRole,
  revoke,
  type Scene,
  suspend,
  withdraw,
} from './admission-scene.ts';
import { pick } from './cddl-values.ts';
import { hashOf, keyOf } from './world.ts';

type Random = () => number;

const NEWCOMERS = Array.from({ length: 10 }, (_, i) => `person ${i}`);
export const PEOPLE: readonly string[] = [...FOUNDERS, AUDITOR, ...NEWCOMERS];
const LINKS = Array.from({ length: 12 }, (_, i) => `link ${i}`);
/** Work under a knock takes a while: few knock. */
const KNOCKERS = ['kim', 'lou'];

export const RULES_TO_WALK_UNDER: readonly (() => Rules)[] = [
  () => ({ ...openLinkRules(), governance: [{ kind: 1, approvals: 1 }] }),
  () => assemblyRules(),
  () => membersApproveRules(2),
  () => ({ ...consortiumRules(2), roles: assemblyRules().roles }),
  () => earningAssembly(),
];

const OTHER_RULES: readonly (() => Rules)[] = [
  ...RULES_TO_WALK_UNDER,
  () => assemblyRules({ knocks: false, auditorsQuorum: 1 }),
  () => membersApproveRules(1),
  () => membersApproveRules(3),
  () => ({ ...openLinkRules(), governance: [{ kind: 3, approvals: 3 }] }),
  // Nobody could satisfy these, or too many are there for them.
  () => membersApproveRules(9),
  () => ({ ...assemblyRules(), roles: assemblyRules().roles.map((one) => ({ ...one, cap: 1 })) }),
  () => ({
    ...openLinkRules(),
    roles: openLinkRules().roles.map((one) => (one.role === 'validator' ? { ...one, rule: approvals(2) } : one)),
  }),
];

/** Keys by which somebody may act, by name. */
export function keysOf(name: string): readonly string[] {
  return [name, `${name}, next`, `${name} tablet`];
}

export function attempt(scene: Scene, random: Random): Act {
  const here = PEOPLE.filter((name) => memberIn(scene, name)?.left === false);
  const deciders = here.filter((name) => memberIn(scene, name)?.roles.includes('federation'));
  const live = LINKS.filter((link) => scene.state.get('invitation', invitationIdOf(scene.chain, keyOf(link)))?.status === 'live');
  const member = pick(here, random);
  const anybody = pick(PEOPLE, random);
  const decider = random() < 0.9 ? pick(deciders, random) : anybody;
  const newcomer = pick(NEWCOMERS, random);
  const link = pick(live.length > 0 && random() < 0.8 ? live : LINKS, random);
  const relays = here.filter((name) => memberIn(scene, name)?.roles.includes('relay'));
  const holders = here.filter((name) => scene.state.get('token', idOfMember(scene, name)) !== undefined);
  const waits = agendaOf(scene.state).requests.length + agendaOf(scene.state).proposals.length;
  const [make] = drawn<() => Act>(random, [
    [2, () => ({ by: member, does: entry() })],
    [3, () => ({ by: random() < 0.5 ? member : decider, does: inviting(random) })],
    [6, () => ({ by: newcomer, does: join(newcomer, link) })],
    [1, () => ({ by: anybody, does: join(anybody, link) })],
    [1, () => ({ by: member, does: revoke(link) })],
    [0.4, () => ({ by: member, does: leave })],
    [2, () => ({ by: member, does: requestRole(pick(ROLES, random)) })],
    [waits > 0 ? 9 : 0.3, () => ({ by: decider, does: deciding(random) })],
    [0.3, () => ({ by: decider, does: knocking(random) })],
    [4, () => ({ by: decider, does: propose(changing(here, random)) })],
    [2, () => ({ by: member, does: registerKeys(member) })],
    [3, () => ({ by: member, does: ready })],
    [2, () => keeping(member, random)],
    [0.4, () => ({ by: member, does: accusing(random) })],
    [1, () => ({ by: member, does: recovering(here, random) })],
    [relays.length > 0 ? 5 : 0.3, () => receipts(random() < 0.95 && relays.length > 0 ? pick(relays, random) : member, here, random)],
    [holders.length > 0 ? 6 : 0.3, () => ({ by: pick(holders.length > 0 ? holders : here, random), does: spend })],
  ]);
  return amiss(scene, make(), random);
}

const receipts = (by: string, here: readonly string[], random: Random): Act => ({ by, does: telling(by, here, random) });

/** One of these, each as likely as its weight says. */
function drawn<T>(random: Random, weighted: readonly (readonly [number, T])[]): readonly [T] {
  let at = random() * weighted.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, item] of weighted) {
    at -= weight;
    if (at < 0) return [item];
  }
  throw new Error('weights add up');
}

/** Most act by a key that is theirs now, in time and in order; some do not. */
function amiss(scene: Scene, one: Act, random: Random): Act {
  const theirs = keysOf(one.by).filter((key) => scene.state.get('device', keyOf(key)) !== undefined);
  const by = random() < 0.05 ? pick(keysOf(one.by), random) : theirs.length > 0 ? pick(theirs, random) : one.by;
  const dice = random();
  if (dice < 0.01) return { ...one, by, amiss: { chain: hashOf('another chain') } };
  if (dice < 0.03) return { ...one, by, amiss: { sequence: 1 + Math.floor(random() * 6) } };
  return dice < 0.04 ? { ...one, by, amiss: { lifeMs: pick([0, SECOND_MS, 3 * DAY_MS], random) } } : { ...one, by };
}

function inviting(random: Random): Make {
  const role = random() < 0.5 ? 'writer' : pick(ROLES, random);
  return invite(pick(LINKS, random), {
    role,
    uses: pick([0, 1, 1, 2, 3], random),
    shared: random() < 0.7,
    lifeMs: pick([MINUTE_MS, HOUR_MS, 2 * DAY_MS, 30 * DAY_MS], random),
  });
}

/** About something that waits, most often under what is in force. */
function deciding(random: Random): Make {
  const [which, stale, type] = [random(), random() < 0.05, random() < 0.75 ? 'approve' : 'reject'] as const;
  return ({ state }) => {
    const { requests, proposals } = agendaOf(state);
    const waiting = [...requests, ...proposals];
    const subject = waiting[Math.floor(which * waiting.length)] ?? hashOf('nothing');
    const basis = state.get('request', subject)?.ruleHash ?? state.get('proposal', subject)?.basis ?? hashOf('nothing');
    return { type, subject, basis: stale ? hashOf('stale') : basis, reason: bodyOf('because'), knock: undefined };
  };
}

function knocking(random: Random): Make {
  return (random() < 0.7 ? approveKnock : rejectKnock)(pick(KNOCKERS, random), 'gateway');
}

function changing(here: readonly string[], random: Random): (scene: Scene) => Change {
  const [name, other, role] = [pick(here, random), pick(here, random), pick(ROLES, random)];
  const simple = [
    () => grant(name, role),
    () => grant(name, role),
    () => grant(name, pick(['federation', 'validator', 'auditor', 'relay'], random)),
    () => withdraw(name, role),
    () => withdraw(name, role),
    () => (random() < 0.5 ? remove(name) : remove(name, other)),
    () => suspend(name),
    () => suspend(name, other),
    () => rulesChange(random),
    () =>
      (scene: Scene): Change => ({ type: 'endpoints', member: idOfMember(scene, name), endpoints: [] }),
    () =>
      ({ height }: Scene): Change => ({ type: 'activate', version: pick([1, 2], random), height: height + 3 }),
    () => (): Change => ({
      type: 'recovery-keys',
      recovery: { threshold: 1, delayMs: DAY_MS, keys: [nextKeyDigest(keyOf('another key'))] },
    }),
    () => (): Change => ({ type: 'erase', leaf: 1, entry: nextKeyDigest(keyOf(pick(['an entry', 'another entry'], random))) }),
    () => (): Change => ({ type: 'cancel-recovery', number: 1 + Math.floor(random() * 3) }),
  ];
  return pick(simple, random)();
}

function rulesChange(random: Random): () => Change {
  const rules = pick(OTHER_RULES, random)();
  return () => ({ type: 'rules', rules });
}

function keeping(name: string, random: Random): Act {
  const tablet = `${name} tablet`;
  return pick(
    [
      (): Act => ({
        by: name,
        does: openDeviceLink(`${name} link`, pick([['observer'], ['observer', 'writer'], ['federation']] as const, random)),
      }),
      (): Act => ({ by: tablet, does: enterDeviceLink(name, `${name} link`) }),
      (): Act => ({ by: tablet, does: enterDeviceLink(name, `${name} link`) }),
      (): Act => ({
        by: random() < 0.7 ? `${name}, next` : tablet,
        does: rotate(name, { stolen: random() < 0.5, retire: random() < 0.7 ? [name] : [] }),
      }),
    ],
    random,
  )();
}

function accusing(random: Random): Make {
  const [name, other] = [pick(FOUNDERS, random), pick(FOUNDERS, random)];
  return random() < 0.5 ? accuse(name) : accuse(name, { other });
}

function recovering(here: readonly string[], random: Random): Make {
  const signers = pick([['first'], ['first', 'second'], ['first', 'second'], ['first', 'first'], ['second', 'third']] as const, random);
  const named = [0, 1, 2].map(() => pick(here, random));
  const nobody = random() < 0.1;
  const known = random() < 0.8;
  return (scene) => {
    const acting = named.flatMap((name) => keysOf(name).find((key) => scene.state.get('device', keyOf(key)) !== undefined) ?? []);
    const number = (scene.state.get('recovery', new Uint8Array(0))?.number ?? 0) + (known ? 1 : 3);
    return recover({ number, signers, federation: nobody ? [] : [...new Set(acting)] })(scene);
  };
}
