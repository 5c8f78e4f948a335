/** What commands ask of a running relay: the requests that cross the admin socket, and their answers. */
import { CHAIN_NAME_BYTES_MAX, INVITATION_LIFETIME_MS_MAX, USES_MAX } from '../../src/core/base/limits.ts';
import { type ChainHost, type ChainSummary, INVITATION_ROLES, type Invitation, type InvitationOptions } from './chain-host.ts';
import { Complaint } from './complaint.ts';

export type Command =
  | { readonly command: 'create'; readonly name: string }
  | { readonly command: 'invite'; readonly chain: string; readonly options: InvitationOptions }
  | { readonly command: 'status' };

/** What `status` says of the relay itself. */
export interface RelayStatus {
  readonly peerId: string;
  readonly addresses: readonly string[];
  readonly url: string;
  readonly hosting: string;
  readonly connections: number;
  readonly reservations: number;
  readonly startedAt: string;
}

export interface StatusAnswer extends RelayStatus {
  readonly chains: readonly ChainSummary[];
}

export type CommandAnswer = ChainSummary | Invitation | StatusAnswer;

/** Carries out what came over the socket. Throws `Complaint` for what is no command. */
export async function runCommand(request: unknown, host: ChainHost, status: () => RelayStatus): Promise<CommandAnswer> {
  const command = readCommand(request);
  switch (command.command) {
    case 'create':
      return host.createChain(command.name);
    case 'invite':
      return host.invite(command.chain, command.options);
    case 'status':
      return { ...status(), chains: host.status() };
  }
}

function readCommand(request: unknown): Command {
  const fields = new Map(typeof request === 'object' && request !== null ? Object.entries(request) : []);
  switch (fields.get('command')) {
    case 'create':
      return { command: 'create', name: checkName(textOf(fields.get('name'), 'name')) };
    case 'invite':
      return { command: 'invite', chain: textOf(fields.get('chain'), 'chain'), options: readOptions(fields.get('options')) };
    case 'status':
      return { command: 'status' };
    default:
      throw new Complaint(`The relay knows no command ${JSON.stringify(fields.get('command') ?? null)}: are both of one version?`);
  }
}

/** A chain's name as it may be. Throws `Complaint`. */
export function checkName(name: string): string {
  const trimmed = name.trim();
  if (trimmed === '') throw new Complaint('A chain needs a name: give one that its members will recognise.');
  if (Buffer.byteLength(trimmed) > CHAIN_NAME_BYTES_MAX)
    throw new Complaint(`The name is over ${CHAIN_NAME_BYTES_MAX} bytes: choose a shorter one.`);
  return trimmed;
}

function readOptions(value: unknown): InvitationOptions {
  const fields = new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  return checkInvitation({
    role: textOf(fields.get('role'), 'role'),
    uses: Number(fields.get('uses')),
    lifetimeMs: Number(fields.get('lifetimeMs')),
    shared: fields.get('shared') === true,
  });
}

/** An invitation as it may be. Throws `Complaint`, which says what would do. */
export function checkInvitation(asked: { role: string; uses: number; lifetimeMs: number; shared: boolean }): InvitationOptions {
  const role = INVITATION_ROLES.find((one) => one === asked.role);
  if (role === undefined) throw new Complaint(`There is no role ${asked.role}: choose one of ${INVITATION_ROLES.join(', ')}.`);
  if (!Number.isInteger(asked.uses) || asked.uses < 0 || asked.uses > USES_MAX) {
    throw new Complaint(`An invitation has 1 to ${USES_MAX} uses, or 0 for any number.`);
  }
  if (!Number.isInteger(asked.lifetimeMs) || asked.lifetimeMs < 1 || asked.lifetimeMs > INVITATION_LIFETIME_MS_MAX) {
    throw new Complaint('An invitation lasts at most 366 days: give --expires as 30m, 12h or 7d.');
  }
  return { ...asked, role };
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new Complaint(`The command lacks its ${name}: are command and relay of one version?`);
}
