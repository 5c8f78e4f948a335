/** What a relay tells of a chain whose validators have made two of it, and the proof of it as a file. */
import { writeFile } from 'node:fs/promises';
import { toHex } from '../../src/core/base/bytes.ts';
import type { Chain } from '../../src/node/chain.ts';
import { Complaint } from './complaint.ts';

export interface ForkView {
  readonly height: number;
  readonly epoch: number;
  readonly blocks: readonly string[];
  /** Members who signed both blocks. */
  readonly signers: readonly { readonly id: string; readonly name: string }[];
  /** What that is, what it means, and what to do. */
  readonly says: readonly string[];
}

/** `null` while the chain is one. */
export function forkView(chain: Chain): ForkView | null {
  const fork = chain.fork();
  if (fork === undefined) return null;
  const { height, epoch, blocks, signers, title, proves, means, advice } = fork;
  return {
    height,
    epoch,
    blocks: blocks.map(toHex),
    signers: signers.map(({ id, name }) => ({ id: toHex(id), name })),
    says: [`${title}.`, ...proves, ...means, ...advice],
  };
}

export interface ForkProofAnswer {
  readonly chain: string;
  readonly file: string;
  readonly bytes: number;
}

export async function writeForkProof(chain: Chain, file: string): Promise<ForkProofAnswer> {
  const fork = chain.fork();
  if (fork === undefined) throw new Complaint(`No fork of ${chain.name} is known here: there is nothing to prove.`);
  await writeFile(file, fork.proof).catch(() => {
    throw new Complaint(`The file ${file} cannot be written: name another one.`);
  });
  return { chain: chain.name, file, bytes: fork.proof.length };
}
