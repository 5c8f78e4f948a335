/**
 * How fast a chain is replayed from its genesis: every signature, every block by the rules, each admission against the rule of
 * its time. Entries of one writer in blocks of a hundred, in memory; beside it what the machine verifies in a second.
 */
import { Audit } from '../../src/node/auditing.ts';
import { replaySource } from '../../src/node/ledger-replay.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { memoryStore } from '../../src/storage/memory-store.ts';
import { grownChain } from '../support/chain.ts';
import { rounded } from './statistics.ts';
import { verificationsPerSecond } from './yardsticks.ts';

const BLOCK_ENTRIES = 100;

export interface AuditingReport {
  readonly transactions: number;
  readonly blocks: number;
  readonly ms: number;
  readonly transactionsPerSecond: number;
  /** Ed25519 signatures that the machine checks in a second. */
  readonly verificationsPerSecond: number;
  /** The one divided by the other. */
  readonly ratio: number;
}

export async function benchAuditing(entries: number): Promise<AuditingReport> {
  const blocks = Math.ceil(entries / BLOCK_ENTRIES);
  const { ledger } = await grownChain(await memoryStore().space('audited'), { blocks, entriesPerBlock: BLOCK_ENTRIES });
  const machine = await verificationsPerSecond();
  const audit = new Audit(webCryptoVerifier(), []);
  const began = performance.now();
  const { fault, header } = await audit.look(replaySource(ledger), { signal: new AbortController().signal });
  const ms = performance.now() - began;
  if (fault !== undefined || header === undefined) throw new Error(`a sound chain was found wrong: ${fault?.refusal.detail ?? ''}`);
  const perSecond = (1000 * header.logSize) / ms;
  return {
    transactions: header.logSize,
    blocks,
    ms: Math.round(ms),
    transactionsPerSecond: Math.round(perSecond),
    verificationsPerSecond: Math.round(machine),
    ratio: rounded(perSecond / machine, 2),
  };
}
