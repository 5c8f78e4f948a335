/** The fork for which a chain stands still on this device, for whoever shows it. */
import type { Hash } from '../core/base/hash.ts';
import { type ForkWords, forkWords } from '../core/light/fork-words.ts';
import type { ChainNode } from './chain-node.ts';
import { type Person, personOf } from './persons.ts';

export interface ForkInfo extends ForkWords {
  readonly height: number;
  readonly epoch: number;
  readonly blocks: readonly Hash[];
  /** Those who signed both. */
  readonly signers: readonly Person[];
  /** A file that anybody can check (`latchkey-relay verify`). */
  readonly proof: Uint8Array;
}

/** `undefined` while the chain is one, or a recovery has led on since. */
export function forkInfo(node: ChainNode): ForkInfo | undefined {
  const { caught } = node.follower.forks;
  if (caught === undefined || !node.isForked) return undefined;
  const { fork, proof } = caught;
  const { height, epoch, blocks } = fork;
  const signers = fork.signers.map(({ seat }) => personOf(node, seat.member));
  return { ...forkWords(fork, (member) => personOf(node, member).name), height, epoch, blocks, signers, proof };
}
