/**
 * What a chain's one operator can do with its own disk and its own keys that the shipped code would not: put into a block what
 * nobody signed, and tell the record again from an old copy of the disk, with other contents. The relay that is started on it
 * afterwards is none the wiser.
 */
import { join } from 'node:path';
import { fileKeyStore } from '../../relay/src/file-keys.ts';
import { sqliteStore } from '../../relay/src/sqlite-store.ts';
import { equal, fromHex, toHex } from '../../src/core/base/bytes.ts';
import { asHash } from '../../src/core/base/hash.ts';
import { asPublicKey } from '../../src/core/base/key.ts';
import { TRANSACTION_LIFETIME_MS } from '../../src/core/base/limits.ts';
import { unwrap } from '../../src/core/base/result.ts';
import { bodyRefOf } from '../../src/core/codec/body.ts';
import { assembleTransaction, decodeTransaction } from '../../src/core/codec/transaction.ts';
import { Ledger } from '../../src/node/ledger.ts';
import type { KeyStore, Signer } from '../../src/node/ports.ts';
import { systemRandom } from '../../src/node/system-ports.ts';
import { makeTransaction, textBody } from '../../src/node/writing.ts';
import { type ForgedLeaf, forgedBlock } from '../support/forger.ts';

/** Takes a leaf for another, or for none, on the way into a record that is told again. */
export type Edit = (leaf: ForgedLeaf, own: Signer) => Promise<ForgedLeaf | undefined>;

/** Opens the one chain in a data folder that no process uses, with the keys that lie there. */
async function withOwn<T>(dataFolder: string, work: (ledger: Ledger, keys: KeyStore, own: Signer) => Promise<T>): Promise<T> {
  const store = sqliteStore(join(dataFolder, 'chains'));
  try {
    const [name = ''] = (await store.spaces()).filter((one) => one.startsWith('chain-'));
    const ledger = await Ledger.open(await store.space(name));
    const keys = fileKeyStore(join(dataFolder, 'keys'));
    const own = ledger && (await keys.get(`${toHex(ledger.chain)}/node`));
    if (ledger === undefined || own === undefined) throw new Error(`${dataFolder} is of no member of a chain`);
    return await work(ledger, keys, own);
  } finally {
    await store.close();
  }
}

/** A block in which `name` approves the request, who never did: the signature is the operator's own. Gives the block's height. */
export function forgeApproval(dataFolder: string, name: string, request: string): Promise<number> {
  return withOwn(dataFolder, async (ledger, keys, own) => {
    const subject = asHash(fromHex(request) ?? new Uint8Array(0));
    const asked = subject && ledger.state.get('request', subject);
    const sender = deviceOf(ledger, name);
    if (subject === undefined || asked === undefined || sender === undefined) throw new Error('there is such a request, and a member');
    const action = { type: 'approve', subject, basis: asked.ruleHash, reason: undefined, knock: undefined } as const;
    const { sequence, now, chain } = { sequence: sender.sequence + 1, now: ledger.tip.header.time, chain: ledger.chain };
    const { unsigned, signatures } = await makeTransaction(own, { chain, sequence, now, action });
    const forged = assembleTransaction({ ...unsigned, sender: sender.key }, signatures);
    await ledger.commit(await forgedBlock(ledger.tip, [{ keys }], 1, [{ transaction: forged, bodies: [] }]));
    return ledger.tip.header.height;
  });
}

function deviceOf(ledger: Ledger, name: string) {
  const members = [...ledger.state.all('member')].filter(({ value }) => ledger.name(value.name) === name).map(({ id }) => id);
  const [found] = [...ledger.state.all('device')].filter(({ value }) => members.some((id) => equal(id, value.member)));
  const key = found && asPublicKey(found.id);
  return key && found && { key, sequence: found.value.sequence };
}

/**
 * Brings an old copy of the disk up to what another one holds, but with some leaves taken for others: every block anew, under
 * the operator's own vote. Gives the height from which on the two differ.
 */
export function tellAgain(oldFolder: string, wholeFolder: string, edit: Edit): Promise<number> {
  return withOwn(wholeFolder, (whole) =>
    withOwn(oldFolder, async (ledger, keys, own) => {
      const from = ledger.tip.header.height + 1;
      const headers = await whole.headers(from, whole.tip.header.height + 1);
      let at = ledger.tip.header.logSize;
      for (const { logSize } of headers) {
        const leaves = await whole.leaves(at, logSize);
        at = logSize;
        const told: ForgedLeaf[] = [];
        for (const { bytes, bodies } of leaves) {
          const leaf = await edit({ transaction: unwrap(decodeTransaction(bytes)), bodies }, own);
          if (leaf !== undefined) told.push(leaf);
        }
        if (told.length > 0) await ledger.commit(await forgedBlock(ledger.tip, [{ keys }], 1, told));
      }
      return from;
    }),
  );
}

/** Adds an entry of the operator's own in a block of its own. */
export function addEntry(dataFolder: string, text: string): Promise<number> {
  return withOwn(dataFolder, async (ledger, keys, own) => {
    const sequence = (ledger.state.get('device', own.publicKey)?.sequence ?? 0) + 1;
    const leaf = await entryLeaf(own, ledger.chain, sequence, ledger.tip.header.time, text);
    await ledger.commit(await forgedBlock(ledger.tip, [{ keys }], 1, [leaf]));
    return ledger.tip.header.height;
  });
}

/** The first entry of the operator itself says something else; all that others signed stays as it was. */
export function insteadOfOwnEntry(text: string): Edit {
  let done = false;
  return async (leaf, own) => {
    const { chain, sender, sequence, expiry, action } = leaf.transaction.unsigned;
    if (done || action.type !== 'entry' || !equal(sender, own.publicKey)) return leaf;
    done = true;
    return entryLeaf(own, chain, sequence, expiry - TRANSACTION_LIFETIME_MS, text);
  };
}

async function entryLeaf(own: Signer, chain: Ledger['chain'], sequence: number, now: number, text: string): Promise<ForgedLeaf> {
  const body = textBody(systemRandom(), text);
  const action = { type: 'entry', body: bodyRefOf(body) } as const;
  return { transaction: await makeTransaction(own, { chain, sequence, now, action }), bodies: [body] };
}
