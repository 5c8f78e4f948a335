/** What a replay of a chain told, in words as of that moment; and as it is kept for the next time that the page opens. */
import { fromUtf8, utf8 } from '../core/base/bytes.ts';
import { isolatedName } from '../core/base/shown-name.ts';
import { faultWords, patternWords } from '../core/light/audit-words.ts';
import type { AuditReport } from '../node/auditing.ts';
import type { Chain } from '../node/chain.ts';
import { personOf } from '../node/persons.ts';
import { sentenceFor } from './sentences.ts';
import type { FindingsView } from './verification-view.ts';
import { fullMoment } from './words.ts';

export function findingsOf(chain: Chain, { header, fault, admissions, patterns }: AuditReport): FindingsView {
  const nameOf = (member: Parameters<typeof personOf>[1]) => isolatedName(personOf(chain.node, member).name);
  return {
    height: fault?.height ?? header?.height ?? 0,
    admissions: admissions.length,
    fault: fault && faultWords(fault, sentenceFor(fault.refusal.code).what),
    patterns: patterns.map((pattern) => patternWords(pattern, { nameOf, when: fullMoment })),
  };
}

export function writeFindings(findings: FindingsView): Uint8Array {
  return utf8(JSON.stringify(findings));
}

/** What this page wrote; `undefined` where an older one wrote nothing, or something else. */
export function readFindings(row: Uint8Array | undefined): FindingsView | undefined {
  try {
    const read: unknown = JSON.parse((row && fromUtf8(row)) ?? '');
    return isFindings(read) ? read : undefined;
  } catch {
    return undefined;
  }
}

function isFindings(read: unknown): read is FindingsView {
  if (typeof read !== 'object' || read === null) return false;
  const { height, admissions, patterns }: Partial<Record<keyof FindingsView, unknown>> = read;
  return (
    typeof height === 'number' &&
    typeof admissions === 'number' &&
    Array.isArray(patterns) &&
    patterns.every((one) => typeof one === 'string')
  );
}
