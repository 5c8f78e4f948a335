/** What commands ask of a running relay: the requests that cross the admin socket, and their answers. */
import { CHAIN_NAME_BYTES_MAX, HOUR_MS, INVITATION_LIFETIME_MS_MAX, USES_MAX } from '../../src/core/base/limits.ts';
import { ROLES } from '../../src/core/codec/primitives.ts';
import { type AuditAnswer, auditChain } from './audit-desk.ts';
import type {
  BackupAnswer,
  ChainHost,
  ChainStatus,
  ChainSummary,
  Invitation,
  InvitationOptions,
  NewChain,
  PendingSummary,
  RestoreAnswer,
} from './chain-host.ts';
import { Complaint } from './complaint.ts';
import {
  type ActAnswer,
  type DeviceLinkAnswer,
  type DevicesAnswer,
  decide,
  devicesOf,
  type EntriesAnswer,
  entriesOf,
  linkDevice,
  type MembersAnswer,
  membersOf,
  type OfficeAnswer,
  type ProposalsAnswer,
  proposalsOf,
  propose,
  type RequestsAnswer,
  type RulesAnswer,
  register,
  requestRole,
  requestsOf,
  rulesOf,
  sayReady,
  type WriteAnswer,
  whyIsHere,
  write,
} from './desk.ts';
import { type ChangeWish, templateCalled } from './desk-changes.ts';
import type { OperatorView, StoryView } from './desk-views.ts';
import type { DiskUse } from './disk-use.ts';
import { type EarningView, earningOf, type SpentAnswer, spendToken } from './earning-desk.ts';
import { type EraseAnswer, erase } from './erase-desk.ts';
import { Fields } from './fields.ts';
import { type ForkProofAnswer, writeForkProof } from './fork-desk.ts';
import type { NewHostCode } from './host-codes.ts';
import { type ExportAnswer, exportLog } from './log-export.ts';
import { type ProofAnswer, writeProof } from './proof-desk.ts';
import { type ReceiptAnswer, writeReceipt } from './receipt-desk.ts';
import {
  confirmRecovery,
  dismissRecovery,
  type PlanAnswer,
  planHere,
  type RecoveryAnswer,
  recoveryOf,
  submitRecovery,
} from './recovery-desk.ts';

/** An audit of a long chain from its genesis; whoever asked may be gone by then. */
const AUDIT_TIMEOUT_MS = HOUR_MS;

/** Which chain: its name, its id or the beginning of one; the only one there is unless said. */
interface OnChain {
  readonly chain: string | undefined;
}

interface Exchange<Asked, Answer> {
  readonly asked: Asked;
  readonly answer: Answer;
}

/** Every command by name: what is asked, and what comes back. */
export interface Commands {
  readonly create: Exchange<NewChain, ChainSummary>;
  readonly invite: Exchange<OnChain & { readonly options: InvitationOptions }, Invitation>;
  readonly 'host-code': Exchange<{ readonly lifetimeMs: number }, NewHostCode>;
  readonly status: Exchange<object, StatusAnswer>;
  readonly requests: Exchange<OnChain, RequestsAnswer>;
  readonly proposals: Exchange<OnChain, ProposalsAnswer>;
  readonly approve: Exchange<OnChain & Decision, ActAnswer>;
  readonly reject: Exchange<OnChain & Decision, ActAnswer>;
  readonly propose: Exchange<OnChain & { readonly change: ChangeWish; readonly reason: string | undefined }, ActAnswer>;
  readonly 'request-role': Exchange<OnChain & { readonly role: string; readonly operator: OperatorView | undefined }, ActAnswer>;
  readonly members: Exchange<OnChain, MembersAnswer>;
  readonly why: Exchange<OnChain & { readonly member: string }, StoryView>;
  readonly rules: Exchange<OnChain, RulesAnswer>;
  readonly relays: Exchange<OnChain, EarningView>;
  readonly 'spend-token': Exchange<OnChain, SpentAnswer>;
  readonly register: Exchange<OnChain, OfficeAnswer>;
  readonly ready: Exchange<OnChain, OfficeAnswer>;
  readonly write: Exchange<OnChain & { readonly text: string }, WriteAnswer>;
  readonly entries: Exchange<OnChain & { readonly limit: number }, EntriesAnswer>;
  readonly erase: Exchange<OnChain & Decision, EraseAnswer>;
  readonly devices: Exchange<OnChain, DevicesAnswer>;
  readonly 'link-device': Exchange<OnChain, DeviceLinkAnswer>;
  readonly phrase: Exchange<object, PhraseAnswer>;
  readonly 'confirm-phrase': Exchange<object, PhraseAnswer>;
  readonly recovery: Exchange<OnChain, RecoveryAnswer>;
  readonly 'recovery-plan': Exchange<OnChain & { readonly federation: boolean }, PlanAnswer>;
  readonly 'recovery-submit': Exchange<OnChain & { readonly signed: readonly string[] }, RecoveryAnswer>;
  readonly 'recovery-confirm': Exchange<OnChain, RecoveryAnswer>;
  readonly 'recovery-dismiss': Exchange<OnChain, RecoveryAnswer>;
  readonly backup: Exchange<{ readonly file: string; readonly password: string }, BackupAnswer>;
  readonly 'export-log': Exchange<OnChain & { readonly folder: string }, ExportAnswer>;
  readonly restore: Exchange<{ readonly file: string; readonly password: string; readonly phrase: string }, RestoreAnswer>;
  readonly 'fork-proof': Exchange<OnChain & { readonly file: string }, ForkProofAnswer>;
  readonly audit: Exchange<OnChain, AuditAnswer>;
  readonly proof: Exchange<OnChain & { readonly id: string; readonly file: string }, ProofAnswer>;
  readonly receipt: Exchange<OnChain & { readonly member: string; readonly file: string }, ReceiptAnswer>;
  readonly recover: Exchange<{ readonly link: string; readonly phrase: string; readonly stolen: boolean }, ChainSummary>;
}

interface Decision {
  readonly id: string;
  readonly reason: string | undefined;
}

export interface PhraseAnswer {
  /** `null` once somebody has confirmed that the words are kept elsewhere. */
  readonly phrase: string | null;
}

export type CommandName = keyof Commands;
export type Asked<N extends CommandName> = Commands[N]['asked'];
export type Answer<N extends CommandName> = Commands[N]['answer'];

/** What `status` says of the relay itself. */
export interface RelayStatus {
  readonly peerId: string;
  readonly addresses: readonly string[];
  readonly url: string;
  readonly hosting: string;
  readonly connections: number;
  readonly reservations: number;
  readonly reservationsMax: number;
  readonly startedAt: string;
  /** Of the data folder. */
  readonly disk: DiskUse;
}

export interface StatusAnswer extends RelayStatus {
  readonly chains: readonly ChainStatus[];
  /** Chains that this node has asked to join. */
  readonly joining: readonly PendingSummary[];
}

interface Desk {
  readonly host: ChainHost;
  readonly status: () => RelayStatus;
}

type Handlers = { readonly [N in CommandName]: (fields: Fields, desk: Desk) => Answer<N> | Promise<Answer<N>> };

const HANDLERS: Handlers = {
  create: (fields, { host }) => host.createChain(readNewChain(fields)),
  invite: (fields, { host }) => host.invite(fields.optionalText('chain'), readInvitation(fields.fields('options'))),
  'host-code': (fields, { host }) => host.hostCode(checkCodeLifetime(fields.number('lifetimeMs'))),
  status: (_, { host, status }) => statusAnswer(host, status),
  requests: (fields, desk) => requestsOf(chainOf(fields, desk)),
  proposals: (fields, desk) => proposalsOf(chainOf(fields, desk)),
  approve: (fields, desk) => decide(chainOf(fields, desk), true, fields.text('id'), fields.optionalText('reason')),
  reject: (fields, desk) => decide(chainOf(fields, desk), false, fields.text('id'), fields.optionalText('reason')),
  propose: (fields, desk) => propose(chainOf(fields, desk), fields.fields('change'), fields.optionalText('reason')),
  'request-role': (fields, desk) => requestRole(chainOf(fields, desk), fields.text('role'), fields.optionalFields('operator')),
  members: (fields, desk) => membersOf(chainOf(fields, desk)),
  why: (fields, desk) => whyIsHere(chainOf(fields, desk), fields.text('member')),
  rules: (fields, desk) => rulesOf(chainOf(fields, desk)),
  relays: (fields, desk) => earningOf(chainOf(fields, desk)),
  'spend-token': (fields, desk) => spendToken(chainOf(fields, desk)),
  register: (fields, desk) => register(chainOf(fields, desk)),
  ready: (fields, desk) => sayReady(chainOf(fields, desk)),
  write: (fields, desk) => write(chainOf(fields, desk), fields.text('text')),
  entries: (fields, desk) => entriesOf(chainOf(fields, desk), fields.number('limit')),
  erase: (fields, desk) => erase(chainOf(fields, desk), fields.text('id'), fields.optionalText('reason')),
  devices: (fields, desk) => devicesOf(chainOf(fields, desk)),
  'link-device': (fields, desk) => linkDevice(chainOf(fields, desk), desk.status().url),
  phrase: async (_, { host }) => ({ phrase: (await host.phrase()) ?? null }),
  'fork-proof': (fields, desk) => writeForkProof(chainOf(fields, desk), fields.text('file')),
  audit: (fields, desk) => auditChain(chainOf(fields, desk), AbortSignal.timeout(AUDIT_TIMEOUT_MS)),
  proof: (fields, desk) => writeProof(chainOf(fields, desk), fields.text('id'), fields.text('file')),
  receipt: (fields, desk) => writeReceipt(chainOf(fields, desk), fields.text('member'), fields.text('file'), desk.status().url),
  recovery: (fields, desk) => recoveryOf(chainOf(fields, desk)),
  'recovery-plan': (fields, desk) => planHere(chainOf(fields, desk), fields.flag('federation')),
  'recovery-submit': (fields, desk) => submitRecovery(chainOf(fields, desk), fields.texts('signed')),
  'recovery-confirm': (fields, desk) => confirmRecovery(chainOf(fields, desk)),
  'recovery-dismiss': (fields, desk) => dismissRecovery(chainOf(fields, desk)),
  backup: (fields, { host }) => host.backup(fields.text('file'), fields.text('password')),
  'export-log': (fields, desk) => exportLog(chainOf(fields, desk), fields.text('folder')),
  restore: (fields, { host }) => host.restore(fields.text('file'), fields.text('password'), fields.text('phrase')),
  recover: (fields, { host }) =>
    host.join(
      {
        link: fields.text('link'),
        phrase: fields.text('phrase'),
        stolen: fields.flag('stolen'),
        name: '',
        knock: undefined,
        operator: undefined,
      },
      () => undefined,
    ),
  'confirm-phrase': async (_, { host }) => {
    if (!(await host.confirmPhrase())) throw new Complaint('There is no phrase here any more, or none yet: nothing to confirm.');
    return { phrase: null };
  },
};

export async function statusAnswer(host: ChainHost, status: () => RelayStatus): Promise<StatusAnswer> {
  return { ...status(), chains: await host.status(), joining: host.joining() };
}

function chainOf(fields: Fields, { host }: Desk) {
  return host.chain(fields.optionalText('chain'));
}

/** Carries out what came over the socket. Throws `Complaint` for what is no command. */
export async function runCommand(request: unknown, host: ChainHost, status: () => RelayStatus): Promise<unknown> {
  const fields = new Fields(request);
  const name = fields.text('command');
  if (!Object.hasOwn(HANDLERS, name)) throw new Complaint(`The relay knows no command ${name}: are both of one version?`);
  return HANDLERS[name as CommandName](fields, { host, status });
}

function readNewChain(fields: Fields): NewChain {
  const chain = checkNewChain({
    name: fields.text('name'),
    template: fields.text('template'),
    approvals: fields.number('approvals'),
    publicRead: fields.flag('publicRead'),
  });
  const recovery = fields.optionalFields('recovery');
  if (recovery === undefined) return chain;
  const keys = { threshold: recovery.number('threshold'), delayMs: recovery.number('delayMs'), keys: recovery.texts('keys') };
  return { ...chain, recovery: keys };
}

/** A new chain as it may be. Throws `Complaint`, which says what would do. */
export function checkNewChain(asked: { name: string; template: string; approvals: number; publicRead: boolean }): NewChain {
  const template = templateCalled(asked.template);
  if (asked.approvals !== 1)
    throw new Complaint(
      'The founder is the only federation member at first: begin with 1 approval, and propose other rules once others are here.',
    );
  return { name: checkName(asked.name), template, approvals: asked.approvals, publicRead: asked.publicRead, recovery: undefined };
}

/** A chain's name as it may be. Throws `Complaint`. */
export function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw new Complaint('A chain needs a name: give one that its members will recognise.');
  if (Buffer.byteLength(trimmed) > CHAIN_NAME_BYTES_MAX)
    throw new Complaint(`The name is over ${CHAIN_NAME_BYTES_MAX} bytes: choose a shorter one.`);
  return trimmed;
}

function checkCodeLifetime(lifetimeMs: number): number {
  if (Number.isInteger(lifetimeMs) && lifetimeMs >= 1 && lifetimeMs <= INVITATION_LIFETIME_MS_MAX) return lifetimeMs;
  throw new Complaint('A code lasts at most 366 days: give --expires as 30m, 12h or 7d.');
}

function readInvitation(fields: Fields): InvitationOptions {
  return checkInvitation({
    role: fields.text('role'),
    uses: fields.number('uses'),
    lifetimeMs: fields.number('lifetimeMs'),
    shared: fields.flag('shared'),
  });
}

/** An invitation as it may be. Throws `Complaint`, which says what would do. */
export function checkInvitation(asked: { role: string; uses: number; lifetimeMs: number; shared: boolean }): InvitationOptions {
  const role = ROLES.find((one) => one === asked.role);
  if (role === undefined) throw new Complaint(`There is no role ${asked.role}: choose one of ${ROLES.join(', ')}.`);
  if (!Number.isInteger(asked.uses) || asked.uses < 0 || asked.uses > USES_MAX) {
    throw new Complaint(`An invitation has 1 to ${USES_MAX} uses, or 0 for any number.`);
  }
  if (!Number.isInteger(asked.lifetimeMs) || asked.lifetimeMs < 1 || asked.lifetimeMs > INVITATION_LIFETIME_MS_MAX) {
    throw new Complaint('An invitation lasts at most 366 days: give --expires as 30m, 12h or 7d.');
  }
  return { ...asked, role };
}
