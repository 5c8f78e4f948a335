/** Samples of rules, of governance and of the rarer actions. */
import { utf8 } from '../../src/core/base/bytes.ts';
import type { Signature } from '../../src/core/base/key.ts';
import type { Change } from '../../src/core/codec/governance.ts';
import type { SignedKnock } from '../../src/core/codec/knock.ts';
import type { Records } from '../../src/core/codec/records.ts';
import type { RecoveryPlan } from '../../src/core/codec/recovery.ts';
import type { Action } from '../../src/core/codec/transaction.ts';
import { proveRecord } from '../../src/core/membership/proof.ts';
import { GENESIS_TIME, keyOf, seedOf, textBody, vectorChain } from './vector-chain.ts';

/** 64 bytes that stand where a signature would: bytes alone are frozen here. */
export function signatureOf(name: string): Signature {
  return Uint8Array.of(...seedOf(name), ...seedOf(`${name}, second half`)) as Signature;
}

const { chain, tip } = vectorChain;

export const allRules = [
  { type: 'never' },
  { type: 'invitation' },
  { type: 'approvals', approvals: 2 },
  { type: 'token' },
  { type: 'service', days: 30, percent: 95 },
] as const;
export const nestedRule = { type: 'anyOf', rules: [{ type: 'allOf', rules: [allRules[1], allRules[2]] }, allRules[4]] } as const;
export const fullRules: Records['rules'] = {
  ...vectorChain.signedGenesis.genesis.rules,
  governance: [
    { kind: 1, approvals: 2 },
    { kind: 2, approvals: 3 },
  ],
  knocks: true,
  publicRead: true,
  approvedSoftware: [1, 2],
  auditorsQuorum: 1,
  networkKeyHashes: [seedOf('network key hash')],
  token: [1, 1000],
};

export const operator = { operatorId: utf8('AS64500'), region: 276, kbps: 100_000, software: 1, checklist: 7 };
export const ENDPOINT = utf8('/ip4/203.0.113.7/tcp/9001/ws');
export const recoveryKeys = { threshold: 1, delayMs: 86_400_000, keys: [seedOf('recovery key 1'), seedOf('recovery key 2')] };
export const plan: RecoveryPlan = {
  chain,
  number: 1,
  base: tip.id,
  height: 2,
  newcomers: [{ node: keyOf('newcomer'), name: textBody('Newcomer').ref, nextKey: seedOf('next key') }],
  federation: [keyOf('newcomer')],
  validators: [{ node: keyOf('newcomer'), vote: keyOf('newcomer, vote'), note: keyOf('newcomer, note') }],
  keys: recoveryKeys,
};
export const certificateOfRecovery = { plan, signatures: [{ key: keyOf('recovery'), signature: signatureOf('recovery') }] };
export const epochRecovery = { certificate: certificateOfRecovery, ...proveRecord(tip.state, 'recovery', new Uint8Array(0)) };
export const changes: readonly Change[] = [
  { type: 'grant', member: seedOf('member b'), role: 'validator' },
  { type: 'withdraw', member: seedOf('member b'), role: 'relay' },
  { type: 'remove', members: [seedOf('member b'), seedOf('member c')] },
  { type: 'suspend', members: [seedOf('member b')] },
  { type: 'rules', rules: fullRules },
  { type: 'activate', version: 2, height: 1000 },
  { type: 'endpoints', member: seedOf('member a'), endpoints: [ENDPOINT] },
  { type: 'erase', leaf: 65_536, entry: seedOf('entry') },
  { type: 'recovery-keys', recovery: recoveryKeys },
  { type: 'cancel-recovery', number: 1 },
];
export const signedKnock: SignedKnock = {
  knock: {
    chain,
    key: keyOf('knocker'),
    role: 'writer',
    name: textBody('Knocker').ref,
    nextKey: seedOf('next key'),
    operator: undefined,
    expiry: GENESIS_TIME,
    work: 4096,
  },
  signature: signatureOf('knock'),
};
const decision = { subject: seedOf('request'), basis: seedOf('basis'), reason: textBody('Known to all of us.').ref } as const;
const subject = { kind: 'notarize', chain, epoch: 1, view: 7 } as const;
export const moreActions: readonly Action[] = [
  { type: 'request-role', role: 'gateway', operator },
  { type: 'approve', ...decision, knock: undefined },
  { type: 'reject', ...decision, reason: undefined, knock: signedKnock },
  ...changes.map((change) => ({ type: 'propose', change, trust: seedOf('trust set'), reason: undefined }) as const),
  { type: 'ready', versions: [1, 2], height: 999 },
  {
    type: 'register-vote-key',
    vote: keyOf('vote'),
    note: keyOf('note'),
    endpoints: [ENDPOINT],
    proofs: [signatureOf('vote key'), signatureOf('note key')],
  },
  { type: 'rotate-key', member: seedOf('member a'), retire: [keyOf('lost')], nextKey: seedOf('next key'), stolen: true },
  {
    type: 'erase-body',
    leaf: 5,
    entry: { sender: keyOf('ben'), sequence: 1, expiry: GENESIS_TIME, body: textBody('The first entry.').ref },
  },
  { type: 'link-device', step: { type: 'open', key: keyOf('device link'), roleMask: 6, expiry: GENESIS_TIME } },
  { type: 'link-device', step: { type: 'enter', member: seedOf('member a'), key: keyOf('device link') } },
  {
    type: 'evidence',
    first: { subject: { ...subject, block: tip.id }, seat: 1, signature: signatureOf('first') },
    second: { subject: { ...subject, block: seedOf('another block') }, seat: 1, signature: signatureOf('second') },
  },
  { type: 'recover', certificate: certificateOfRecovery },
  {
    type: 'relay-receipts',
    relay: seedOf('member a'),
    day: 20_000,
    receipts: [
      { node: keyOf('ben'), watched: 1440, minutes: 1440, breaks: 0, circuits: 3, kib: 1024, signature: signatureOf('ben’s receipt') },
      {
        node: keyOf('ida'),
        watched: 60,
        minutes: 0,
        breaks: 10_000,
        circuits: 1_000_000,
        kib: 1024 ** 3,
        signature: signatureOf('ida’s receipt'),
      },
    ],
  },
  { type: 'spend-token' },
];
