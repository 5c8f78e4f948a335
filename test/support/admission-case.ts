/** What a case of admission is: steps that people take, and what must come of each. */
import type { Hash } from '../../src/core/base/hash.ts';
import { type Signature, signWithSeed } from '../../src/core/base/key.ts';
import { HOUR_MS } from '../../src/core/base/limits.ts';
import type { RefusalCode } from '../../src/core/base/result.ts';
import {
  assembleTransaction,
  encodeUnsigned,
  joinCosignedText,
  type Transaction,
  transactionSignedText,
  type UnsignedTransaction,
} from '../../src/core/codec/transaction.ts';
import { type AssemblyOptions, cosignerOf, type Make, type Scene } from './admission-scene.ts';
import { hashOf, keyOf } from './world.ts';

export type Outcome = 'ok' | RefusalCode;

/** What is otherwise than it should be about a transaction. */
export interface Amiss {
  readonly chain?: Hash;
  readonly sequence?: number;
  readonly lifeMs?: number;
}

export interface Act {
  readonly by: string;
  readonly does: Make;
  /** 'ok' unless said. */
  readonly gives?: Outcome;
  /** What a node says that looks at signatures first. */
  readonly border?: Outcome;
  /** Its id is known by this label from then on, and its bytes can be sent again. */
  readonly as?: string;
  readonly amiss?: Amiss;
}

/** Two that are made on the same state and sent at once. What they give in the one order, and in the other; each first, second. */
export interface Race {
  readonly race: readonly [Act, Act];
  readonly gives: readonly [readonly [Outcome, Outcome], readonly [Outcome, Outcome]];
}

export type Step =
  | Act
  | Race
  | { readonly passes: number }
  /** Made and signed now, and sent when it comes `again`. */
  | { readonly prepares: Act }
  /** The same bytes once more. */
  | { readonly again: string; readonly gives: Outcome }
  | { readonly holds: (scene: Scene) => void };

export interface AdmissionCase extends AssemblyOptions {
  readonly name: string;
  readonly steps: readonly Step[];
}

export function act(by: string, does: Make, gives: Outcome = 'ok', amiss: Amiss = {}): Act {
  return { by, does, gives, amiss };
}

export function named(as: string, by: string, does: Make): Act {
  return { by, does, as };
}

export function prepared(as: string, by: string, does: Make, amiss: Amiss = {}): Step {
  return { prepares: { by, does, as, amiss } };
}

type Sign = (name: string, text: Uint8Array) => Signature;

export const realSignatures: Sign = (name, text) => signWithSeed(hashOf(name), text);

/** Makes people's transactions: their sequences advance, and what has a label is kept. */
export class Hand {
  readonly #sign: Sign;
  readonly #sequences: Map<string, number>;
  readonly #labelled: Map<string, Transaction>;

  constructor(sign: Sign, other?: Hand) {
    this.#sign = sign;
    this.#sequences = new Map(other === undefined ? [] : other.#sequences);
    this.#labelled = new Map(other === undefined ? [] : other.#labelled);
  }

  /** One that knows what this one knows, and goes its own way. */
  fork(): Hand {
    return new Hand(this.#sign, this);
  }

  transaction(scene: Scene, { by, does, as, amiss = {} }: Act): Transaction {
    const sequence = amiss.sequence ?? (this.#sequences.get(by) ?? 0) + 1;
    this.#sequences.set(by, Math.max(sequence, this.#sequences.get(by) ?? 0));
    const { chain = scene.chain, lifeMs = HOUR_MS } = amiss;
    const made = this.#signed(by, { version: 1, chain, sender: keyOf(by), sequence, expiry: scene.time + lifeMs, action: does(scene) });
    if (as !== undefined) this.#labelled.set(as, made);
    return made;
  }

  #signed(by: string, unsigned: UnsignedTransaction): Transaction {
    const bytes = encodeUnsigned(unsigned);
    const cosigner = cosignerOf(unsigned.action);
    const signatures = [this.#sign(by, transactionSignedText(bytes))];
    if (cosigner !== undefined) signatures.push(this.#sign(cosigner, joinCosignedText(bytes)));
    return assembleTransaction(unsigned, signatures);
  }

  labelled(label: string): Transaction {
    const found = this.#labelled.get(label);
    if (found === undefined) throw new Error(`nothing was done under the label “${label}”`);
    return found;
  }
}
