/** What the command `audit` finds of a chain, as it prints it: plain JSON, and the same said in sentences. */
import { toHex } from '../../src/core/base/bytes.ts';
import { faultWords, patternWords } from '../../src/core/light/audit-words.ts';
import { faultAt, type ReplayFault } from '../../src/core/light/replay.ts';
import type { AuditReport } from '../../src/node/auditing.ts';
import type { Chain } from '../../src/node/chain.ts';
import { contradictionWords } from './log-view.ts';

/** How much of a chain was audited, and in which time. */
export interface AuditPace {
  readonly transactions: number;
  readonly ms: number;
}

export interface AuditAnswer {
  readonly chain: string;
  readonly name: string;
  /** Whether all was found right. */
  readonly clean: boolean;
  /** Up to where. */
  readonly height: number | null;
  readonly size: number | null;
  readonly root: string | null;
  readonly fault: { readonly height: number; readonly code: string; readonly detail: string; readonly words: string } | null;
  readonly admissions: readonly {
    readonly member: string;
    readonly name: string;
    readonly role: string;
    readonly how: string;
    readonly height: number;
    readonly time: string;
    readonly needed: number;
    readonly approvals: readonly { readonly name: string; readonly leaf: number; readonly time: string }[];
  }[];
  /** Worth a look, though no rule is broken. */
  readonly findings: readonly { readonly type: string; readonly words: string }[];
  readonly transactions: number;
  readonly ms: number;
}

/** Names are not in the log: whoever has the bodies gives them, as a sentence can hold them. */
export interface AuditedChain {
  readonly name: string;
  nameOf(member: Uint8Array): string;
}

export function auditAnswer({ name, nameOf }: AuditedChain, report: AuditReport, pace: AuditPace): AuditAnswer {
  const { chain, header, fault, admissions, patterns } = report;
  const words = { nameOf, when: timeWords };
  return {
    chain: toHex(chain),
    name,
    clean: fault === undefined,
    height: header?.height ?? null,
    size: header?.logSize ?? null,
    root: header === undefined ? null : toHex(header.logRoot),
    fault: fault === undefined ? null : { height: fault.height, ...fault.refusal, words: faultWords(fault) },
    admissions: admissions.map(({ member, role, how, height, time, needed, approvals }) => ({
      member: toHex(member),
      name: nameOf(member),
      role,
      how,
      height,
      time: timeWords(time),
      needed,
      approvals: approvals.map((one) => ({ name: nameOf(one.member), leaf: one.leaf, time: timeWords(one.time) })),
    })),
    findings: patterns.map((pattern) => ({ type: pattern.type, words: patternWords(pattern, words) })),
    ...pace,
  };
}

/** Audits a chain of this node up to its tip; what others were shown of it counts too, as far as that came here. */
export async function auditChain(chain: Chain, signal: AbortSignal): Promise<AuditAnswer> {
  const started = performance.now();
  const before = chain.audited?.header?.logSize ?? 0;
  const report = await chain.audit({ signal });
  const pace = { transactions: (report.header?.logSize ?? 0) - before, ms: Math.round(performance.now() - started) };
  const answer = auditAnswer(namesOf(chain), { ...report, fault: report.fault ?? forkFault(chain) }, pace);
  const said = chain.log.contradictions().map((one) => ({ type: 'contradiction', words: `${contradictionWords(one)}.` }));
  return { ...answer, findings: [...answer.findings, ...said] };
}

/** The copy here may be right in itself, and still one of two. */
function forkFault(chain: Chain): ReplayFault | undefined {
  const fork = chain.fork();
  if (fork === undefined) return undefined;
  const detail = `there is another history: ${fork.proves.join(' ')} The proof as a file: latchkey-relay fork-proof FILE`;
  return faultAt(fork.height, { code: 'conflicting-block', detail }).fault;
}

export function namesOf(chain: Chain): AuditedChain {
  const nameOf = (id: Uint8Array) => chain.members().find((one) => toHex(one.id) === toHex(id))?.name ?? `member ${toHex(id).slice(0, 8)}`;
  return { name: chain.name, nameOf };
}

/** The answer in sentences. */
export function auditLines(answer: AuditAnswer): readonly string[] {
  const { name, chain, clean, height, size, fault, admissions, findings, transactions, ms } = answer;
  const speed = ms === 0 ? '' : `, ${Math.round((1000 * transactions) / ms)} a second`;
  return [
    `${name}: ${chain}`,
    clean
      ? `All right up to block ${height ?? 0}: ${size ?? 0} transactions replayed from genesis${speed}.`
      : `NOT RIGHT. ${fault?.words ?? ''}`,
    `${admissions.length} ${admissions.length === 1 ? 'admission was' : 'admissions were'} held against the rule of its time.`,
    ...admissions.filter(({ approvals }) => approvals.length > 0).map(admissionLine),
    findings.length === 0 ? 'No pattern is worth a look.' : 'Worth a look, though no rule is broken:',
    ...findings.map(({ words }) => `  - ${words}`),
  ];
}

function admissionLine({ name, role, time, approvals, needed }: AuditAnswer['admissions'][number]): string {
  const by = approvals.map((one) => `${one.name} (leaf ${one.leaf})`).join(', ');
  return `  - ${name} as ${role} on ${time}: approved by ${by}; the rule asked for ${needed}.`;
}

function timeWords(time: number): string {
  return new Date(time).toISOString();
}
