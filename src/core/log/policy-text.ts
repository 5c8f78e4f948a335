/**
 * The text of a trust policy (C2SP tlog-policy): a line for each log, witness and group, and one for the quorum.
 *
 * ```
 * log <verifier key> [<url>]
 * witness <name> <verifier key> [<url>]
 * group <name> all|any|<k> <name>…
 * quorum <name>|none
 * ```
 *
 * The file is octets: what is not ASCII is not looked into, so that no table of Unicode changes what a policy means. Here
 * each octet is a character (U+0000 to U+00FF) until a verifier key is read, which is UTF-8.
 *
 * https://c2sp.org/tlog-policy
 */
import { equal, fromUtf8, utf8 } from '../base/bytes.ts';
import { POLICY_BYTES_MAX, POLICY_GROUPS_MAX, POLICY_LOGS_MAX, POLICY_WITNESSES_MAX } from '../base/limits.ts';
import { invariant, ok, type Result, refuse } from '../base/result.ts';
import { readDecimal } from './decimal.ts';
import { NO_QUORUM, type Policy, type PolicyGroup, type PolicyLog, type PolicyWitness } from './policy.ts';
import { decodeVerifierKey, encodeVerifierKey, isSameKey, type SignatureType, type VerifierKey } from './verifier-key.ts';

/** The file of a policy; one that `decodePolicy` would not take is a mistake of ours. */
export function encodePolicy(policy: Policy): Uint8Array {
  const { logs, witnesses, groups, quorum } = policy;
  const lines = [
    ...logs.map(({ key, url }) => ['log', toOctets(encodeVerifierKey(key)), ...urlItem(url)]),
    ...witnesses.map(({ name, key, url }) => ['witness', name, toOctets(encodeVerifierKey(key)), ...urlItem(url)]),
    ...groups.map(({ name, threshold, members }) => ['group', name, thresholdItem(threshold, members.length), ...members]),
    ['quorum', quorum],
  ];
  const bytes = octetBytes(lines.map((items) => `${items.join(' ')}\n`).join(''));
  invariant(decodePolicy(bytes).ok, 'a policy that can be read');
  return bytes;
}

function urlItem(url: string | undefined): readonly string[] {
  return url === undefined ? [] : [url];
}

function thresholdItem(threshold: number, members: number): string {
  if (threshold === members) return 'all';
  return threshold === 1 ? 'any' : `${threshold}`;
}

/** Reads a policy: `too-large`; `malformed` with the line that is wrong; `bad-key` where a line's verifier key is none. */
export function decodePolicy(bytes: Uint8Array): Result<Policy> {
  if (bytes.length > POLICY_BYTES_MAX) return refuse('too-large', `a policy of ${bytes.length} bytes`);
  if (bytes.some((octet) => octet < 0x20 && octet !== TAB && octet !== NEWLINE) || bytes.includes(DELETE))
    return refuse('malformed', 'control characters in a policy');
  if (bytes.length > 0 && bytes[bytes.length - 1] !== NEWLINE) return refuse('malformed', 'the last line of a policy does not end');
  const draft: Draft = { logs: [], witnesses: [], groups: [], quorum: undefined, members: new Set() };
  for (const [i, line] of octetText(bytes).split('\n').entries()) {
    const items = line.split(/[ \t]+/).filter((item) => item !== '');
    const wrong = items.length === 0 || items[0]?.startsWith('#') === true ? undefined : take(draft, items);
    if (wrong !== undefined) return refuse(wrong.code, `line ${i + 1} of a policy: ${wrong.detail}`);
  }
  const { logs, witnesses, groups, quorum } = draft;
  return quorum === undefined ? refuse('malformed', 'a policy without a quorum') : ok({ logs, witnesses, groups, quorum });
}

const TAB = 0x09;
const NEWLINE = 0x0a;
const DELETE = 0x7f;

/** A policy as far as its lines were read. */
interface Draft {
  readonly logs: PolicyLog[];
  readonly witnesses: PolicyWitness[];
  readonly groups: PolicyGroup[];
  quorum: string | undefined;
  /** Names that stand in a group. */
  readonly members: Set<string>;
}

type Wrong = { readonly code: 'malformed' | 'too-large' | 'bad-key'; readonly detail: string };

function wrong(detail: string): Wrong {
  return { code: 'malformed', detail };
}

function take(draft: Draft, [word, ...items]: readonly string[]): Wrong | undefined {
  switch (word) {
    case 'log':
      return takeLog(draft, items);
    case 'witness':
      return takeWitness(draft, items);
    case 'group':
      return takeGroup(draft, items);
    case 'quorum':
      return takeQuorum(draft, items);
    default:
      return wrong('no line begins so');
  }
}

function takeLog(draft: Draft, [keyText, url, ...rest]: readonly string[]): Wrong | undefined {
  if (keyText === undefined || rest.length > 0) return wrong('a log has a key and perhaps a URL');
  if (draft.logs.length === POLICY_LOGS_MAX) return { code: 'too-large', detail: 'too many logs' };
  const key = readKey(keyText, 'note', draft.logs, [...draft.logs, ...draft.witnesses]);
  if (!('name' in key)) return key;
  draft.logs.push({ key, url });
  return undefined;
}

function takeWitness(draft: Draft, [name, keyText, url, ...rest]: readonly string[]): Wrong | undefined {
  if (name === undefined || keyText === undefined || rest.length > 0) return wrong('a witness has a name, a key and perhaps a URL');
  if (draft.witnesses.length === POLICY_WITNESSES_MAX) return { code: 'too-large', detail: 'too many witnesses' };
  if (!isNewName(draft, name)) return wrong('a name that is taken');
  const key = readKey(keyText, 'cosignature', draft.witnesses, [...draft.logs, ...draft.witnesses]);
  if (!('name' in key)) return key;
  draft.witnesses.push({ name, key, url });
  return undefined;
}

function takeGroup(draft: Draft, [name, thresholdText, ...members]: readonly string[]): Wrong | undefined {
  if (name === undefined || thresholdText === undefined || members.length === 0)
    return wrong('a group has a name, a threshold and members');
  if (draft.groups.length === POLICY_GROUPS_MAX) return { code: 'too-large', detail: 'too many groups' };
  if (!isNewName(draft, name)) return wrong('a name that is taken');
  const threshold = readThreshold(thresholdText, members.length);
  if (threshold === undefined) return wrong('a threshold is all, any or a number of the members');
  for (const member of members) {
    if (!isDefined(draft, member)) return wrong('a member that no line before defines');
    if (draft.members.has(member)) return wrong('a member of two groups');
    draft.members.add(member);
  }
  draft.groups.push({ name, threshold, members });
  return undefined;
}

function takeQuorum(draft: Draft, [name, ...rest]: readonly string[]): Wrong | undefined {
  if (name === undefined || rest.length > 0) return wrong('a quorum is one name');
  if (draft.quorum !== undefined) return wrong('a second quorum');
  if (name !== NO_QUORUM && !isDefined(draft, name)) return wrong('a quorum that no line before defines');
  draft.quorum = name;
  return undefined;
}

function readThreshold(text: string, members: number): number | undefined {
  if (text === 'all') return members;
  if (text === 'any') return 1;
  const threshold = readDecimal(text);
  return threshold !== undefined && threshold >= 1 && threshold <= members ? threshold : undefined;
}

/** `peers`: lines of the same kind, among which a public key stands once; `all`: whose signature lines must stay apart. */
function readKey(octets: string, type: SignatureType, peers: readonly Keyed[], all: readonly Keyed[]): VerifierKey | Wrong {
  const read = decodeVerifierKey(fromUtf8(octetBytes(octets)) ?? '');
  if (!read.ok) return { code: 'bad-key', detail: read.refusal.detail };
  const key = read.value;
  if (key.type !== type) return { code: 'bad-key', detail: `a key for a ${key.type} where one for a ${type} belongs` };
  if (peers.some((peer) => equal(peer.key.key, key.key))) return wrong('a key that stands there already');
  return all.some((other) => isSameKey(other.key, key)) ? wrong('two keys that cannot be told apart') : key;
}

interface Keyed {
  readonly key: VerifierKey;
}

function isDefined({ witnesses, groups }: Draft, name: string): boolean {
  return witnesses.some((witness) => witness.name === name) || groups.some((group) => group.name === name);
}

function isNewName(draft: Draft, name: string): boolean {
  return name !== NO_QUORUM && !isDefined(draft, name);
}

/** Text as the octets of its UTF-8. */
function toOctets(text: string): string {
  return octetText(utf8(text));
}

function octetText(bytes: Uint8Array): string {
  let text = '';
  for (const octet of bytes) text += String.fromCharCode(octet);
  return text;
}

function octetBytes(octets: string): Uint8Array {
  return Uint8Array.from(octets, (octet) => {
    invariant(octet <= '\u00ff', 'a character an octet');
    return octet.charCodeAt(0);
  });
}
