/**
 * Codes by which the operator lets others have a chain hosted here: one chain each, for a while. What lies on the disk is
 * their hashes, so that a copy of the data folder hosts nothing for anybody.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { base32crockford } from '@scure/base';
import type { HostCodes } from '../../src/node/hosting.ts';
import { Complaint } from './complaint.ts';
import { writeSecret } from './data-folder.ts';

const CODES_FILE = 'host-codes.json';
/** 80 bits, sixteen letters: nobody guesses one of them, so a plain hash hides it. */
const CODE_BYTES = 10;
/** Live codes; a person gives out a few. */
const CODES_MAX = 1_000;
const GROUP = /.{4}(?=.)/g;

interface StoredCode {
  /** Hexadecimal of the SHA-256 of the letters. */
  readonly hash: string;
  /** ISO 8601. */
  readonly expires: string;
}

export interface NewHostCode {
  readonly code: string;
  /** ISO 8601. */
  readonly expires: string;
}

/** The codes in a data folder, which one relay at a time uses. */
export class HostCodeBook implements HostCodes {
  readonly #folder: string;
  readonly #now: () => number;
  #codes: readonly StoredCode[];

  /** Throws `Complaint` where the file is damaged. */
  constructor(folder: string, now: () => number) {
    this.#folder = folder;
    this.#now = now;
    this.#codes = readCodes(join(folder, CODES_FILE));
  }

  /** Makes a code and gives it, once: nothing here can tell it again. */
  async make(lifetimeMs: number): Promise<NewHostCode> {
    const live = this.#live();
    if (live.length >= CODES_MAX) throw new Complaint(`There are ${CODES_MAX} unused codes: wait until some have expired.`);
    const letters = base32crockford.encode(randomBytes(CODE_BYTES));
    const expires = new Date(this.#now() + lifetimeMs).toISOString();
    await this.#write([...live, { hash: hashOf(letters), expires }]);
    return { code: letters.replaceAll(GROUP, '$&-'), expires };
  }

  isLive(code: string): boolean {
    const hash = hashOf(code);
    return this.#live().some((one) => one.hash === hash);
  }

  async spend(code: string): Promise<boolean> {
    if (!this.isLive(code)) return false;
    const hash = hashOf(code);
    await this.#write(this.#live().filter((one) => one.hash !== hash));
    return true;
  }

  #live(): readonly StoredCode[] {
    return this.#codes.filter(({ expires }) => Date.parse(expires) > this.#now());
  }

  // In memory first, so that of two at once one alone spends a code.
  async #write(codes: readonly StoredCode[]): Promise<void> {
    this.#codes = codes;
    await writeSecret(this.#folder, CODES_FILE, Buffer.from(`${JSON.stringify({ codes }, undefined, 2)}\n`));
  }
}

/** Of the letters alone, however a person typed them: O for 0, I and L for 1, as Crockford has it. */
function hashOf(code: string): string {
  const letters = code.toUpperCase().replaceAll(/[\s-]/g, '').replaceAll('O', '0').replaceAll(/[IL]/g, '1');
  return createHash('sha256').update(letters).digest('hex');
}

function readCodes(file: string): readonly StoredCode[] {
  try {
    const read: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof read === 'object' && read !== null && 'codes' in read && Array.isArray(read.codes) && read.codes.every(isStored))
      return read.codes;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  }
  throw new Complaint(`The file ${file} is damaged: delete it, and give out new codes.`);
}

function isStored(one: unknown): one is StoredCode {
  return (
    typeof one === 'object' &&
    one !== null &&
    'hash' in one &&
    typeof one.hash === 'string' &&
    'expires' in one &&
    typeof one.expires === 'string'
  );
}
