/** `latchkey-relay propose KIND …`: proposes a change to the federation; proposing counts as the first approval. */
import { Complaint } from '../complaint.ts';
import type { ActAnswer } from '../desk.ts';
import { type ChangeWish, WISHES, wishCalled } from '../desk-changes.ts';
import { limitCalled, pair } from '../desk-rules.ts';
import type { ConsequenceView } from '../desk-views.ts';
import { asking, CHAIN_OPTION, helpOf } from './ask.ts';
import { whatCameOf } from './decide.ts';
import { readDuration, readNumber } from './options.ts';

const HELP = helpOf(
  'propose KIND …',
  `Proposes a change to the federation, and shows what it would lead to. Proposing counts as the first approval.

  propose grant MEMBER ROLE             give a member a role
  propose withdraw MEMBER ROLE          take a role away
  propose remove MEMBER …               remove members for good
  propose suspend MEMBER …              take away what members may do, for as long as the rules say
  propose rules                         change the rules, by the options below
  propose template NAME M               all roles and approvals as a template has them, M approvals where it asks for any
  propose network-key                   make a new network key; who holds the present one is led to it
  propose activate VERSION HEIGHT       upgrade to a protocol version
  propose endpoints MEMBER ADDRESS …    change where a member can be reached
  propose recovery-keys K DIGEST …      name recovery keys, of which K must sign; with --delay
  propose cancel-recovery NUMBER        stop a recovery that waits

A MEMBER is a name, an id or the beginning of one.`,
  [
    '--reason TEXT    why; everybody sees it',
    '--from-invitation ID   remove, suspend: everybody who came in through this invitation, directly or not',
    '--delay TIME     recovery-keys: how long others may object, as 7d (default 7d)',
    '--role ROLE=RULE       rules: how a role is gained: never, invitation, approvals:2, token, service:30:95; + joins what all must hold, | what any may',
    '--inviters ROLE=ROLE,… rules: who invites to it: writer,federation or federation',
    '--operator-facts ROLE=FACT,…  rules: what who runs a machine tells: operator, region, bandwidth, software, checklist; or none',
    '--approvals KIND=M     rules: how many must approve a kind of change; 0 leaves it to the majority',
    '--cap ROLE=N           rules: how many may have a role; 0 for any number',
    '--knocks on|off        rules: whether people may ask without a link',
    '--public-read on|off   rules: whether anybody may read',
    '--limit NAME=TIME      rules: requests, suspension, invitations, ready or sending, as suspension=14d',
    '--body-bytes N         rules: how long one entry may be',
    '--auditors-quorum N    rules: how many auditors must have signed a checkpoint',
    '--token NAME=N         rules: joining tokens: attesters, per-sponsor, days, percent, kib, odds, unspent',
    '--software N           rules: an approved software version; may be given several times, replaces the list',
  ],
);

const OPTIONS = {
  ...CHAIN_OPTION,
  reason: { type: 'string' },
  'from-invitation': { type: 'string' },
  delay: { type: 'string', default: '7d' },
  role: { type: 'string', multiple: true },
  approvals: { type: 'string', multiple: true },
  cap: { type: 'string', multiple: true },
  inviters: { type: 'string', multiple: true },
  'operator-facts': { type: 'string', multiple: true },
  limit: { type: 'string', multiple: true },
  'body-bytes': { type: 'string' },
  'auditors-quorum': { type: 'string' },
  knocks: { type: 'string' },
  'public-read': { type: 'string' },
  software: { type: 'string', multiple: true },
  token: { type: 'string', multiple: true },
} as const;

/** As many as a proposal may list, and its kind. */
const WORDS_MAX = 258;

export const propose = asking({
  name: 'propose',
  help: HELP,
  options: OPTIONS,
  positionals: new Array<string>(WORDS_MAX).fill('…'),
  command: 'propose',
  ask: (values, [kind, ...words]) => {
    if (kind === undefined) throw new Complaint(`Say what: latchkey-relay propose KIND, where KIND is one of ${WISHES.join(', ')}.`);
    return { chain: values.chain, reason: values.reason, change: readWish(kind, words, values) };
  },
  describe: describeProposal,
  waits: ({ final }) => !final,
});

interface Values {
  readonly 'from-invitation'?: string | undefined;
  readonly delay: string;
  readonly role?: readonly string[] | undefined;
  readonly approvals?: readonly string[] | undefined;
  readonly cap?: readonly string[] | undefined;
  readonly inviters?: readonly string[] | undefined;
  readonly 'operator-facts'?: readonly string[] | undefined;
  readonly limit?: readonly string[] | undefined;
  readonly 'body-bytes'?: string | undefined;
  readonly 'auditors-quorum'?: string | undefined;
  readonly knocks?: string | undefined;
  readonly 'public-read'?: string | undefined;
  readonly software?: readonly string[] | undefined;
  readonly token?: readonly string[] | undefined;
}

function readWish(name: string, words: readonly string[], values: Values): ChangeWish {
  const kind = wishCalled(name);
  switch (kind) {
    case 'grant':
    case 'withdraw': {
      const [member, role] = exactly(kind, words, 'MEMBER', 'ROLE');
      return { kind, member, role };
    }
    case 'remove':
    case 'suspend': {
      const fromInvitation = values['from-invitation'];
      if ((fromInvitation === undefined) === (words.length === 0)) throw new Complaint(`Say whom: latchkey-relay propose ${kind} MEMBER …`);
      return fromInvitation === undefined ? { kind, members: words } : { kind, fromInvitation };
    }
    case 'rules':
      return { kind, edit: readEdit(values) };
    case 'activate': {
      const [version, height] = exactly(kind, words, 'VERSION', 'HEIGHT');
      return { kind, version: readNumber(version, 'VERSION'), height: readNumber(height, 'HEIGHT') };
    }
    case 'network-key':
      exactly(kind, words);
      return { kind };
    case 'template': {
      const [template, approvals] = exactly(kind, words, 'NAME', 'M');
      return { kind, template, approvals: readNumber(approvals, 'M') };
    }
    case 'endpoints': {
      const [member, ...endpoints] = words;
      if (member === undefined) throw new Complaint('Say whose: latchkey-relay propose endpoints MEMBER ADDRESS …');
      return { kind, member, endpoints };
    }
    case 'recovery-keys': {
      const [threshold, ...keys] = words;
      return { kind, threshold: readNumber(threshold ?? '', 'K'), delayMs: readDuration(values.delay, '--delay'), keys };
    }
    case 'cancel-recovery': {
      const [number] = exactly(kind, words, 'NUMBER');
      return { kind, number: readNumber(number, 'NUMBER') };
    }
  }
}

function exactly<const W extends readonly string[]>(
  kind: string,
  words: readonly string[],
  ...names: W
): { readonly [K in keyof W]: string } {
  if (words.length === names.length) return words as { readonly [K in keyof W]: string };
  throw new Complaint(`Say all of it: latchkey-relay propose ${kind} ${names.join(' ')}.`);
}

function readEdit(values: Values): NonNullable<ChangeWish['edit']> {
  const { role = [], approvals = [], cap = [], inviters = [], limit = [], knocks, software } = values;
  const edit = {
    roles: role,
    approvals,
    caps: cap,
    inviters,
    operator: values['operator-facts'] ?? [],
    limits: limit.map(readLimit),
    bodyBytes: values['body-bytes'],
    auditorsQuorum: values['auditors-quorum'],
    knocks,
    publicRead: values['public-read'],
    software,
    tokens: values.token ?? [],
  };
  if (Object.values(edit).every((one) => one === undefined || one.length === 0))
    throw new Complaint('Say what is to be other: latchkey-relay propose --help lists the options of rules.');
  return edit;
}

/** `suspension=14d` in milliseconds. */
function readLimit(text: string): string {
  const [name, time] = pair(text, '--limit');
  return `${limitCalled(name)}=${readDuration(time, '--limit')}`;
}

function describeProposal(answer: ActAnswer): string {
  const consequence = answer.consequence === null ? '' : ` ${inWords(answer.consequence)}`;
  return `Proposed. ${whatCameOf(answer)}${consequence}`;
}

/** What a change leads to. */
function inWords({ before, after, problem }: ConsequenceView): string {
  const validators = `${after.validators} validators, of which ${after.faultsTolerated} may fail`;
  const sentence = `It leaves ${after.members} members, ${after.federation} of them federation, and ${validators} (now ${before.validators} and ${before.faultsTolerated}).`;
  return problem === null ? sentence : `${sentence} As things are it could not take effect: ${problem}.`;
}
