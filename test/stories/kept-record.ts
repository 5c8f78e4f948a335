/** What lies on the disk of a node that is not running, read as after a restart and checked anew. */
import { join } from 'node:path';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import { toHex } from '../../src/core/base/bytes.ts';
import { BUNDLE_LEAVES } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { decodeBody } from '../../src/core/codec/body.ts';
import { decodeTransaction } from '../../src/core/codec/transaction.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { LedgerLeaf } from '../../src/node/ledger-bundles.ts';
import { Verification } from '../../src/node/verification.ts';
import { webCryptoVerifier } from '../../src/node/verifier.ts';

export interface KeptRecord {
  readonly height: number;
  readonly tip: string;
  readonly stateRoot: string;
  /** Entries, in the order of the log. */
  readonly texts: readonly string[];
}

/** Reads the one chain in a node's data folder. Throws if it is not whole and certified. */
export async function readRecord(dataFolder: string): Promise<KeptRecord> {
  const store = sqliteStore(join(dataFolder, 'chains'));
  try {
    const [name] = (await store.spaces()).filter((one) => one.startsWith('chain-'));
    const ledger = name === undefined ? undefined : await Ledger.open(await store.space(name));
    if (ledger === undefined || !ledger.complete) throw new Error(`there is no whole record in ${dataFolder}`);
    const { header, id } = { header: ledger.tip.header, id: ledger.tip.id };
    await new Verification(webCryptoVerifier()).finality(header, ledger.certificate, ledger.trust);
    const texts: string[] = [];
    for (let from = 1; from < header.logSize; from += BUNDLE_LEAVES) {
      const leaves = await ledger.leaves(from, Math.min(from + BUNDLE_LEAVES, header.logSize));
      texts.push(...leaves.flatMap(textIn));
    }
    return { height: header.height, tip: toHex(id), stateRoot: toHex(ledger.state.root), texts };
  } finally {
    await store.close();
  }
}

function textIn({ index, bytes, bodies: [body] }: LedgerLeaf): readonly string[] {
  if (unwrap(decodeTransaction(bytes)).unsigned.action.type !== 'entry') return [];
  if (body === undefined) throw new Error(`the body of leaf ${index} is missing`);
  return [new TextDecoder().decode(unwrap(decodeBody(body)).content)];
}
