/** What founds a chain, and what does not: each check of a genesis has lines here that fail without it. */
import { describe, expect, test } from 'vitest';
import { utf8 } from '../../src/core/base/bytes.ts';
import { nextKeyDigest, type PublicKey } from '../../src/core/base/key.ts';
import {
  DAY_MS,
  GENESIS_TIME_MS_MAX,
  INVITATION_LIFETIME_MS_MAX,
  NAME_BODY_BYTES_MAX,
  RULE_TIME_MS_MAX,
} from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { blockIdOf } from '../../src/core/codec/block.ts';
import { chainIdOf, decodeSignedGenesis, type Founder, type Genesis } from '../../src/core/codec/genesis.ts';
import { ROLES, type Role } from '../../src/core/codec/primitives.ts';
import { trustSetDigest } from '../../src/core/codec/records.ts';
import type { Rule, Rules } from '../../src/core/codec/rules.ts';
import { leafHash } from '../../src/core/log/merkle-hash.ts';
import { openLinkRules } from '../../src/core/policy/templates.ts';
import { found, founderOf, genesisOf, hashOf, keyOf, refOf, SIGNATURE, START } from '../support/world.ts';

const invitation: Rule = { type: 'invitation' };
const approvals = (count: number): Rule => ({ type: 'approvals', approvals: count });
const anyOf = (...rules: readonly Rule[]): Rule => ({ type: 'anyOf', rules });
const allOf = (...rules: readonly Rule[]): Rule => ({ type: 'allOf', rules });

const ALICE: readonly Role[] = ['federation', 'validator'];
const WEAK_KEY = Uint8Array.of(1, ...new Uint8Array(31)) as PublicKey;

const alice = (changes: Partial<Founder> = {}) => founderOf('alice', ALICE, changes);
const withRules = (changes: Partial<Rules>) => genesisOf(undefined, { rules: { ...openLinkRules(), ...changes } });
const withLimits = (changes: Partial<Rules['limits']>) => withRules({ limits: { ...openLinkRules().limits, ...changes } });
const withRole = (role: Role, changes: Partial<Rules['roles'][number]>) =>
  withRules({ roles: openLinkRules().roles.map((one) => (one.role === role ? { ...one, ...changes } : one)) });
const withRule = (role: Role, rule: Rule) => withRole(role, { rule });
const office = { vote: keyOf('vote'), note: keyOf('note') };
const many = (count: number, roles: readonly Role[]) => Array.from({ length: count }, (_, i) => founderOf(`founder ${i}`, roles));

describe('a genesis founds a chain', () => {
  test('that everybody works out alike: id, first state, trust set and header 0', () => {
    const genesis = genesisOf([alice(), founderOf('bob', ['auditor']), founderOf('relay', ['validator', 'relay'])]);
    const { chain, state, trust, header, leaf } = unwrap(found(genesis));
    expect(chain).toEqual(chainIdOf(genesis));
    expect(unwrap(decodeSignedGenesis(leaf)).genesis).toEqual(genesis);
    expect(header).toMatchObject({
      chain,
      epoch: 0,
      view: 0,
      height: 0,
      time: START,
      logSize: 1,
      logRoot: leafHash(leaf),
      stateRoot: state.root,
    });
    expect(header.trust).toEqual(trustSetDigest(trust));
    expect(header.nextTrust).toBeUndefined();
    expect(trust).toMatchObject({ epoch: 0, base: chain });
    expect(trust.seats.map(({ node }) => node)).toEqual(expect.arrayContaining([keyOf('alice'), keyOf('relay')]));
    expect(trust.auditors.map(({ note }) => note)).toEqual([keyOf('bob, note')]);
    expect(blockIdOf(unwrap(found(genesis)).header)).toEqual(blockIdOf(header));
  });

  test('whose seats are in order of node key, whoever signed first', () => {
    const founders = [founderOf('x', ALICE), founderOf('y', ['validator']), founderOf('z', ['validator'])];
    const nodes = (some: readonly Founder[]) => unwrap(found(genesisOf(some))).trust.seats.map(({ node }) => node);
    expect(nodes(founders)).toEqual(nodes(founders.toReversed()));
  });

  test('whose auditors’ quorum asks for no more than there are', () => {
    const rules = { ...openLinkRules(), auditorsQuorum: 3 };
    expect(unwrap(found(genesisOf(undefined, { rules }))).trust.auditorsQuorum).toBe(0);
    expect(unwrap(found(genesisOf([alice(), founderOf('bob', ['auditor'])], { rules }))).trust.auditorsQuorum).toBe(1);
  });

  test.each<[string, Genesis]>([
    ['at the last time', genesisOf(undefined, { time: GENESIS_TIME_MS_MAX })],
    ['with recovery keys', genesisOf(undefined, { recovery: { threshold: 2, delayMs: 1, keys: [hashOf('r1'), hashOf('r2')] } })],
    ['with an endpoint', genesisOf([alice({ endpoints: [utf8('/ip4/127.0.0.1/tcp/1/ws/p2p/x')] })])],
    [
      'with a note key for whoever wants one',
      genesisOf([alice(), founderOf('relay', ['relay'], { keys: { vote: undefined, note: keyOf('n') } })]),
    ],
    [
      'with as many validators as there are seats',
      genesisOf([founderOf('alice', ['federation', 'validator']), ...many(30, ['validator'])]),
    ],
    [
      'with a rule for every way in',
      withRule('writer', anyOf(invitation, approvals(1), { type: 'token' }, { type: 'service', days: 1, percent: 1 })),
    ],
    ['with approvals beside an invitation for the federation', withRule('federation', allOf(invitation, approvals(1)))],
    [
      'with two ways to become validator, both by approvals',
      withRule('validator', anyOf(approvals(1), allOf({ type: 'token' }, approvals(1)))),
    ],
    ['with no rules for any role', withRules({ roles: [] })],
    ['with a cap that the founders fill', withRole('federation', { cap: 1 })],
    ['with the longest time limits', withLimits({ suspensionMs: RULE_TIME_MS_MAX, invitationLifetimeMs: INVITATION_LIFETIME_MS_MAX })],
    ['with the smallest bodies', withLimits({ bodyBytes: NAME_BODY_BYTES_MAX })],
  ])('%s', (_, genesis) => {
    expect(found(genesis)).toMatchObject({ ok: true });
  });
});

describe('no chain comes of', () => {
  test.each<[string, Genesis, string]>([
    ['a chain without a name', genesisOf(undefined, { name: ' \n ' }), 'no name'],
    ['a chain without a time', genesisOf(undefined, { time: 0 }), 'begins at'],
    ['a time that no date shows', genesisOf(undefined, { time: GENESIS_TIME_MS_MAX + 1 }), 'begins at'],
    ['a weak node key', genesisOf([alice({ node: WEAK_KEY })]), 'sound'],
    ['a weak vote key', genesisOf([alice({ keys: { ...office, vote: WEAK_KEY } })]), 'sound'],
    ['a weak note key', genesisOf([alice({ keys: { ...office, note: WEAK_KEY } })]), 'sound'],
    ['one founder twice', genesisOf([alice(), alice({ name: refOf('again') })]), 'two places'],
    [
      'one vote key for two seats',
      genesisOf([alice({ keys: office }), founderOf('bob', ['validator'], { keys: { ...office, note: keyOf('n') } })]),
      'two places',
    ],
    ['a vote key that is the node key', genesisOf([alice({ keys: { ...office, vote: keyOf('alice') } })]), 'two places'],
    ['a note key that is the vote key', genesisOf([alice({ keys: { ...office, note: keyOf('vote') } })]), 'two places'],
    ['a next key that is the present one', genesisOf([alice({ nextKey: nextKeyDigest(keyOf('alice')) })]), 'next key'],
    [
      'a next key that is another’s present one',
      genesisOf([alice(), founderOf('bob', ['writer'], { nextKey: nextKeyDigest(keyOf('alice')) })]),
      'next key',
    ],
    ['one next key for two', genesisOf([alice(), founderOf('bob', ['writer'], { nextKey: alice().nextKey })]), 'next key'],
    ['a role twice', genesisOf([founderOf('alice', [...ALICE, 'federation'])]), 'twice'],
    ['a validator who audits', genesisOf([founderOf('alice', [...ALICE, 'auditor'])]), 'at once'],
    ['a validator without a vote key', genesisOf([alice({ keys: { vote: undefined, note: keyOf('n') } })]), 'vote key'],
    ['a validator without keys', genesisOf([alice({ keys: undefined })]), 'vote key'],
    ['a vote key without a seat', genesisOf([alice(), founderOf('bob', ['writer'], { keys: office })]), 'vote key'],
    ['an auditor without a note key', genesisOf([alice(), founderOf('bob', ['auditor'], { keys: undefined })]), 'note key'],
    ['a founder without a name', genesisOf([alice({ name: refOf('alice', 0) })]), 'name'],
    ['a founder whose name is a book', genesisOf([alice({ name: refOf('alice', NAME_BODY_BYTES_MAX + 1) })]), 'name'],
    ['an endpoint that is no address', genesisOf([alice({ endpoints: [utf8('example.org')] })]), 'endpoint'],
    ['an endpoint with white space', genesisOf([alice({ endpoints: [utf8('/ip4/1.2.3.4 ')] })]), 'endpoint'],
    ['an endpoint that is not ASCII', genesisOf([alice({ endpoints: [utf8('/dns4/é')] })]), 'endpoint'],
    ['nobody who validates', genesisOf([founderOf('alice', ['federation'])]), 'validators'],
    ['more validators than seats', genesisOf([founderOf('alice', ALICE), ...many(31, ['validator'])]), 'validators'],
    ['nobody in the federation', genesisOf([founderOf('alice', ['validator'])]), 'federation'],
    [
      'more founders in a role than its cap',
      genesisOf([alice(), founderOf('bob', ['federation'])], { rules: withRole('federation', { cap: 1 }).rules }),
      'cap',
    ],
    [
      'a recovery key twice',
      genesisOf(undefined, { recovery: { threshold: 1, delayMs: 1, keys: [hashOf('r'), hashOf('r')] } }),
      'named twice',
    ],
    [
      'more recovery keys asked than named',
      genesisOf(undefined, { recovery: { threshold: 2, delayMs: 1, keys: [hashOf('r')] } }),
      'recover',
    ],
    [
      'recovery keys of which none is asked',
      genesisOf(undefined, { recovery: { threshold: 0, delayMs: 1, keys: [hashOf('r')] } }),
      'recover',
    ],
    ['a recovery without delay', genesisOf(undefined, { recovery: { threshold: 1, delayMs: 0, keys: [hashOf('r')] } }), 'recover'],
    ['a delay without recovery keys', genesisOf(undefined, { recovery: { threshold: 0, delayMs: DAY_MS, keys: [] } }), 'recover'],
  ])('%s', (_, genesis, detail) => {
    expect(found(genesis)).toMatchObject({ ok: false, refusal: { code: 'wrong-genesis', detail: expect.stringContaining(detail) } });
  });

  test('a genesis that a founder did not sign, or that somebody else signed too', () => {
    const genesis = genesisOf([alice(), founderOf('bob', ['writer'])]);
    for (const count of [1, 3]) {
      expect(found(genesis, Array(count).fill(SIGNATURE))).toMatchObject({ ok: false, refusal: { code: 'bad-signature' } });
    }
  });

  test('a protocol that this version does not know', () => {
    for (const protocol of [0, 2]) {
      expect(found(genesisOf(undefined, { protocol }))).toMatchObject({ ok: false, refusal: { code: 'unsupported-version' } });
    }
  });

  test('one that is too long to be a leaf', () => {
    const endpoints = Array.from({ length: 16 }, (_, i) => utf8(`/dns4/${'x'.repeat(240)}/${i}`));
    const genesis = genesisOf([alice({ endpoints }), ...many(31, ['writer']).map((one) => ({ ...one, endpoints }))]);
    expect(found(genesis)).toMatchObject({ ok: false, refusal: { code: 'too-large' } });
  });
});

describe('rules that cannot stand', () => {
  const limits = ['transactionHorizonMs', 'requestLifetimeMs', 'suspensionMs', 'readyAgeMs', 'invitationLifetimeMs'] as const;
  const cases: readonly (readonly [string, Partial<Rules>, string])[] = [
    [
      'a role with two rules',
      {
        roles: openLinkRules()
          .roles.slice(0, 2)
          .map((one) => ({ ...one, role: 'writer' })),
      },
      'two rules',
    ],
    ['more approvals for an action than there are members', { governance: [{ kind: 1, approvals: 2 }] }, 'cannot give 2'],
    ['more approvals for a role than there are members', withRule('validator', approvals(2)).rules, 'cannot give 2'],
    [
      'more approvals somewhere inside a rule',
      withRule('writer', anyOf(invitation, allOf(invitation, approvals(3)))).rules,
      'cannot give 3',
    ],
    ['an action for which nobody is asked', { governance: [{ kind: 1, approvals: 0 }] }, 'no approvals'],
    [
      'an action with two numbers',
      {
        governance: [
          { kind: 1, approvals: 1 },
          { kind: 1, approvals: 1 },
        ],
      },
      'two numbers',
    ],
    ['a software version approved twice', { approvedSoftware: [1, 1] }, 'approved twice'],
    ['a network key that follows itself', { networkKeyHashes: [hashOf('n'), hashOf('n')] }, 'predecessor'],
    ['an approval by nobody', withRule('writer', approvals(0)).rules, 'no approvals'],
    ['an approval by nobody, inside', withRule('writer', anyOf(invitation, approvals(0))).rules, 'no approvals'],
    ['never, among others', withRule('writer', anyOf(invitation, { type: 'never' })).rules, 'never'],
    ['never, and something else', withRule('writer', allOf({ type: 'never' }, invitation)).rules, 'never'],
    ['service of no days', withRule('relay', { type: 'service', days: 0, percent: 9 }).rules, 'no service'],
    ['service of no time', withRule('relay', { type: 'service', days: 9, percent: 0 }).rules, 'no service'],
    ['the federation by a link', withRule('federation', invitation).rules, 'needs approvals'],
    ['validators by a token', withRule('validator', { type: 'token' }).rules, 'needs approvals'],
    ['auditors by service', withRule('auditor', { type: 'service', days: 9, percent: 9 }).rules, 'needs approvals'],
    ['gateways by approvals or a link', withRule('gateway', anyOf(approvals(1), invitation)).rules, 'needs approvals'],
    ['gateways by a link and a token', withRule('gateway', allOf(invitation, { type: 'token' })).rules, 'needs approvals'],
    ['observers who invite', withRole('writer', { inviters: 1 << 1 }).rules, 'inviters'],
    ['writers who invite relays', withRole('relay', { inviters: 1 << 2 }).rules, 'inviters'],
    ['inviters of no role', withRole('writer', { inviters: 1 }).rules, 'inviters'],
    ['operator facts that there are not', withRole('relay', { operatorMask: 32 }).rules, 'operator'],
    ['operator facts of writers', withRole('writer', { operatorMask: 1 }).rules, 'operator'],
    ...limits.flatMap((limit): [string, Partial<Rules>, string][] => [
      [`${limit} of zero`, withLimits({ [limit]: 0 }).rules, 'zero'],
      [`${limit} beyond ten years`, withLimits({ [limit]: RULE_TIME_MS_MAX + 1 }).rules, 'ten years'],
    ]),
    ['links that live longer than a year', withLimits({ invitationLifetimeMs: INVITATION_LIFETIME_MS_MAX + 1 }).rules, 'a year'],
    ['bodies that hold no name', withLimits({ bodyBytes: NAME_BODY_BYTES_MAX - 1 }).rules, 'hold no name'],
  ];

  test.each(cases)('%s', (_, rules, detail) => {
    expect(found(withRules(rules))).toMatchObject({
      ok: false,
      refusal: { code: 'wrong-genesis', detail: expect.stringContaining(detail) },
    });
  });

  test('the template stands, and gives every role its rule', () => {
    expect(found(genesisOf())).toMatchObject({ ok: true });
    expect(openLinkRules().roles.map(({ role }) => role)).toEqual(ROLES);
  });
});
