/** Audits of what is published: the log of a public chain at a URL, or in a folder. Names are not in it, so members go by their ids. */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex, toHex } from '../../src/core/base/bytes.ts';
import { asHash } from '../../src/core/base/hash.ts';
import { MINUTE_MS } from '../../src/core/base/limits.ts';
import { RefusalError } from '../../src/core/base/result.ts';
import { Audit, type Vouched } from '../../src/node/auditing.ts';
import { openPublished, type ReadPublished } from '../../src/node/published-source.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';
import { bytesOf } from './answer-bytes.ts';
import { type AuditAnswer, auditAnswer } from './audit-desk.ts';
import { Complaint } from './complaint.ts';

const FETCH_TIMEOUT_MS = MINUTE_MS;

/** Where a log is published. */
export interface Published {
  readonly read: ReadPublished;
  /** The chain, in hexadecimal, that the address ends with; `undefined` where it ends otherwise. */
  readonly chain: string | undefined;
}

/** The log at a URL or in a folder; `undefined` for what is neither, as a link is. */
export function publishedAt(target: string): Published | undefined {
  const chain = /(?:^|[\\/])([0-9a-f]{64})[\\/]?$/.exec(target)?.[1];
  const url = URL.parse(target);
  if (url !== null && /^https?:$/.test(url.protocol)) return url.hash === '' ? { read: readAt(url), chain } : undefined;
  return existsSync(join(target, 'checkpoint')) ? { read: readIn(target), chain } : undefined;
}

function readAt(url: URL): ReadPublished {
  const base = url.href.endsWith('/') ? url.href : `${url.href}/`;
  return async (path, bytesMax) => {
    const answer = await fetch(new URL(path, base), { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) }).catch(() => {
      throw new Complaint(`${url.host} does not answer: check the address.`);
    });
    if (!answer.ok) {
      await answer.body?.cancel().catch(() => undefined);
      return undefined;
    }
    const bytes = await bytesOf(answer, bytesMax).catch(() => {
      throw new Complaint(`${url.host} breaks off before the end of ${path}: try again later.`);
    });
    if (bytes === undefined) throw new RefusalError({ code: 'too-large', detail: `${path} is longer than any such file` });
    return bytes;
  };
}

function readIn(folder: string): ReadPublished {
  return async (path) => {
    const bytes = await readFile(join(folder, path)).catch(() => undefined);
    return bytes && new Uint8Array(bytes);
  };
}

/** The audit of a published log, one look after the other: each replays what is new since the one before. */
export class PublishedAudit {
  readonly #published: Published;
  readonly #folder: string;
  readonly #verifier = webCryptoVerifier();
  #audit: Audit | undefined;

  /** `folder` keeps up to where the log was found right, against which the next audit holds it. */
  constructor(published: Published, folder: string) {
    this.#published = published;
    this.#folder = folder;
  }

  /** Audits up to the checkpoint that is published now. Throws `wrong-chain`, and what `openPublished` throws. */
  async look(signal: AbortSignal): Promise<AuditAnswer> {
    const started = performance.now();
    const { read, chain } = this.#published;
    const { source, judge } = await openPublished(read);
    const id = toHex(source.chain);
    if (chain !== undefined && chain !== id)
      throw new RefusalError({ code: 'wrong-chain', detail: `what is published there is chain ${id}` });
    const memory = join(this.#folder, `audited-${id}.json`);
    const audit = this.#audit ?? new Audit(this.#verifier, await remembered(memory));
    const before = audit.point?.header.logSize ?? 0;
    const report = await audit.look(source, { signal }, (point) => judge(point, this.#verifier));
    this.#audit = audit;
    if (report.fault === undefined && report.header !== undefined) await remember(memory, this.#folder, report.header);
    const nameOf = (id: Uint8Array) => `member ${toHex(id).slice(0, 8)}`;
    const name = report.header === undefined ? 'Published log' : 'Public chain';
    const transactions = (report.header?.logSize ?? 0) - before;
    return auditAnswer({ name, nameOf }, report, { transactions, ms: Math.round(performance.now() - started) });
  }
}

async function remembered(file: string): Promise<readonly Vouched[]> {
  if (!existsSync(file)) return [];
  const read: unknown = JSON.parse(await readFile(file, 'utf8').catch(() => 'null'));
  const { size, root } = (typeof read === 'object' && read !== null ? read : {}) as { size?: unknown; root?: unknown };
  const hash = typeof root === 'string' ? asHash(fromHex(root) ?? new Uint8Array(0)) : undefined;
  if (typeof size !== 'number' || hash === undefined)
    throw new Complaint(`${file} is damaged: move it away to audit without what was found right before.`);
  return [{ size, root: hash }];
}

async function remember(
  file: string,
  folder: string,
  { logSize: size, logRoot }: { readonly logSize: number; readonly logRoot: Uint8Array },
) {
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.new`, `${JSON.stringify({ size, root: toHex(logRoot) })}\n`, { flush: true });
  await rename(`${file}.new`, file);
}
