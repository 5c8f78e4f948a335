/**
 * Named checks of a genesis: each says in its name what must hold before it founds a chain. Since a genesis never
 * changes, what slips through here stays for good.
 */
import { toHex } from '../base/bytes.ts';
import { isAdmissibleKey, nextKeyDigest } from '../base/key.ts';
import { GENESIS_TIME_MS_MAX, NAME_BODY_BYTES_MAX, TRANSACTION_BYTES_MAX, VALIDATORS_MAX } from '../base/limits.ts';
import type { Refusal } from '../base/result.ts';
import { type Founder, type Genesis, PROTOCOL_VERSION, type SignedGenesis } from '../codec/genesis.ts';
import { rulesProblem } from '../policy/soundness.ts';
import { isEndpoint } from './checks/endpoint.ts';
import { recoveryKeysProblem } from './checks/recovery-keys.ts';

/** Why this is no genesis of a chain that could live; `undefined` if it is one. `leaf` is its encoding. */
export function genesisProblem(signed: SignedGenesis, leaf: Uint8Array): Refusal | undefined {
  const { genesis } = signed;
  if (leaf.length > TRANSACTION_BYTES_MAX) return { code: 'too-large', detail: `a genesis of ${leaf.length} bytes` };
  if (genesis.protocol !== PROTOCOL_VERSION) return { code: 'unsupported-version', detail: `protocol ${genesis.protocol}` };
  if (signed.signatures.length !== genesis.founders.length) return { code: 'bad-signature', detail: 'not every founder has signed' };
  for (const check of CHECKS) {
    const problem = check(genesis);
    if (problem !== undefined) return { code: 'wrong-genesis', detail: problem };
  }
  return undefined;
}

/** What is wrong, in words. */
type GenesisCheck = (genesis: Genesis) => string | undefined;

const hasName: GenesisCheck = ({ name }) => (name.trim() === '' ? 'the chain has no name' : undefined);

const hasTime: GenesisCheck = ({ time }) => (time === 0 || time > GENESIS_TIME_MS_MAX ? `no chain begins at ${time}` : undefined);

const keysAreSound: GenesisCheck = ({ founders }) =>
  founders.flatMap(keysOf).every(isAdmissibleKey) ? undefined : 'a key is not a sound Ed25519 key';

/** One key in two places would be one signer in two places: two seats, or a vote key that is a node key. */
const keysAreDistinct: GenesisCheck = ({ founders }) => (repeats(founders.flatMap(keysOf)) ? 'a key is used in two places' : undefined);

const nextKeysAreOthers: GenesisCheck = ({ founders }) =>
  repeats([...founders.map(({ node }) => nextKeyDigest(node)), ...founders.map(({ nextKey }) => nextKey)])
    ? 'a next key is a present one, or another founder’s'
    : undefined;

const foundersAreSound: GenesisCheck = ({ founders }) => founders.map(founderProblem).find((problem) => problem !== undefined);

function founderProblem({ roles, keys, name, endpoints }: Founder): string | undefined {
  const [votes, audits] = [roles.includes('validator'), roles.includes('auditor')];
  if (new Set(roles).size !== roles.length) return 'a founder has a role twice';
  if (votes && audits) return 'a founder is validator and auditor at once';
  if (votes !== (keys?.vote !== undefined)) return 'validators, and nobody else, have a vote key';
  if (audits && keys === undefined) return 'an auditor has no note key';
  if (name.length === 0 || name.length > NAME_BODY_BYTES_MAX) return `a name’s body of ${name.length} bytes`;
  return endpoints.every(isEndpoint) ? undefined : 'an endpoint is not an address';
}

const hasValidators: GenesisCheck = ({ founders }) => {
  const count = founders.filter(({ roles }) => roles.includes('validator')).length;
  return count >= 1 && count <= VALIDATORS_MAX ? undefined : `${count} founders are validators`;
};

const rulesAreSound: GenesisCheck = ({ founders, rules }) =>
  rulesProblem(rules, founders.filter(({ roles }) => roles.includes('federation')).length);

const rolesHaveRoom: GenesisCheck = ({ founders, rules }) => {
  const full = rules.roles.find(({ role, cap }) => cap > 0 && founders.filter(({ roles }) => roles.includes(role)).length > cap);
  return full === undefined ? undefined : `more founders are ${full.role} than its cap of ${full.cap}`;
};

const recoveryIsSound: GenesisCheck = ({ recovery }) => recoveryKeysProblem(recovery);

const CHECKS: readonly GenesisCheck[] = [
  hasName,
  hasTime,
  keysAreSound,
  keysAreDistinct,
  nextKeysAreOthers,
  foundersAreSound,
  hasValidators,
  rulesAreSound,
  rolesHaveRoom,
  recoveryIsSound,
];

function keysOf({ node, keys }: Founder): readonly Uint8Array[] {
  return [node, ...(keys === undefined ? [] : [keys.note]), ...(keys?.vote === undefined ? [] : [keys.vote])];
}

function repeats(items: readonly Uint8Array[]): boolean {
  return new Set(items.map(toHex)).size !== items.length;
}
