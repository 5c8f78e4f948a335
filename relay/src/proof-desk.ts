/** What the command `proof` does: that a transaction was logged, as a file. */
import { writeFile } from 'node:fs/promises';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Chain } from '../../src/node/chain.ts';
import type { LogItem } from '../../src/node/log-reading.ts';
import { Complaint } from './complaint.ts';

export interface ProofAnswer {
  readonly chain: string;
  readonly index: number;
  readonly transaction: string;
  readonly file: string;
  readonly bytes: number;
}

export async function writeProof(chain: Chain, id: string, file: string): Promise<ProofAnswer> {
  const { index, transaction } = await theOne(chain, id.toLowerCase());
  const proof = await chain.log.proof(index);
  await writeFile(file, proof).catch(() => {
    throw new Complaint(`The file ${file} cannot be written: name another one.`);
  });
  return { chain: chain.name, index, transaction: toHex(transaction?.id ?? chain.id), file, bytes: proof.length };
}

async function theOne({ log, name }: Chain, id: string): Promise<LogItem> {
  const found: LogItem[] = [];
  for (let before = log.size; before > 0 && found.length < 2; ) {
    const page = await log.read({ before, limit: 2, id });
    found.push(...page.items);
    before = page.next;
  }
  const [one, other] = found;
  if (one === undefined) throw new Complaint(`${name} has no transaction whose id begins with ${id}.`);
  if (other !== undefined) throw new Complaint(`Several transactions of ${name} go by ${id}: name one by more of its own id.`);
  return one;
}
