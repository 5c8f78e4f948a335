/** How a chain's log stands, as `latchkey-relay status` prints it: plain JSON, and the same said in a line. */
import { toHex } from '../../src/core/base/bytes.ts';
import type { Chain } from '../../src/node/chain.ts';
import { timeView } from './desk-views.ts';

export interface LogView {
  /** Whether this relay publishes it to anybody. */
  readonly public: boolean;
  /** Leaves of the finalised log. */
  readonly size: number;
  /** The newest that enough have signed or, until there is one, that most have; `null` while nobody has. */
  readonly checkpoint: {
    readonly size: number;
    readonly root: string;
    /** Whether as many have signed as the epoch asks for. */
    readonly vouched: boolean;
    readonly cosigners: readonly {
      readonly id: string;
      readonly name: string;
      readonly office: 'validator' | 'auditor';
      /** `null`: has not signed this one. */
      readonly signed: string | null;
    }[];
    readonly witnesses: readonly { readonly name: string; readonly signed: string }[];
  } | null;
  /** Auditors who must sign before what this node took over as a newcomer counts, and how many have; `null` where nobody is waited for. */
  readonly awaitingAuditors: { readonly signed: number; readonly asked: number; readonly auditors: number } | null;
  /** Checkpoints by keys of the chain that are not of this log. */
  readonly contradictions: readonly { readonly size: number; readonly root: string; readonly signers: readonly string[] }[];
}

export function logView(chain: Chain): LogView {
  const { log } = chain;
  const checkpoint = log.checkpoint();
  const awaiting = chain.awaiting();
  return {
    public: log.isPublic,
    size: log.size,
    checkpoint: checkpoint === undefined ? null : checkpointView(checkpoint),
    awaitingAuditors: awaiting === undefined ? null : { signed: awaiting.signed, asked: awaiting.asked, auditors: awaiting.auditors },
    contradictions: log
      .contradictions()
      .map(({ size, root, signers }) => ({ size, root: toHex(root), signers: signers.map(({ name }) => name) })),
  };
}

function checkpointView({ size, root, vouched, cosigners, witnesses }: NonNullable<ReturnType<Chain['log']['checkpoint']>>) {
  return {
    size,
    root: toHex(root),
    vouched,
    cosigners: cosigners.map(({ id, name, office, signedAt }) => ({
      id: toHex(id),
      name,
      office,
      signed: signedAt === undefined ? null : timeView(signedAt),
    })),
    witnesses: witnesses.map(({ name, signedAt }) => ({ name, signed: timeView(signedAt) })),
  };
}

/** For people. */
export function logLines({ awaitingAuditors: awaited, ...log }: LogView): readonly string[] {
  if (awaited === null) return checkpointLines(log);
  const { signed, asked, auditors } = awaited;
  const lack = auditors < asked ? `, and the chain has ${auditors}: its federation appoints others or lifts the rule` : '';
  return [...checkpointLines(log), `waiting for auditors before anything here is relied on: ${signed} of ${asked} signed${lack}`];
}

function checkpointLines({ public: isPublic, size, checkpoint, contradictions }: Omit<LogView, 'awaitingAuditors'>): readonly string[] {
  const where = isPublic ? 'published' : 'for members alone';
  if (checkpoint === null) return [`log of ${size}, ${where}, no checkpoint signed yet`];
  const names = [...checkpoint.cosigners.filter(({ signed }) => signed !== null), ...checkpoint.witnesses].map(({ name }) => name);
  const enough = checkpoint.vouched ? '' : ', which is not enough yet';
  const lines = [`log of ${size}, ${where}, checkpoint at ${checkpoint.size} signed by ${names.join(', ')}${enough}`];
  return [...lines, ...contradictions.map(({ size: at, signers }) => anotherHistory(at, signers))];
}

/** Who has signed a checkpoint that is not of this chain's log here. */
export function contradictionWords({ size, signers }: ReturnType<Chain['log']['contradictions']>[number]): string {
  return anotherHistory(
    size,
    signers.map(({ name }) => name),
  );
}

function anotherHistory(size: number, signers: readonly string[]): string {
  return `${signers.join(' and ') || 'somebody who signed once'} signed another history of ${size} transactions`;
}
