/** The part of the real `App` that reads a chain's log: its transactions, proofs of them, and its files. */
import { RefusalError, type Result, unwrap } from '../core/base/result.ts';
import { isolatedName } from '../core/base/shown-name.ts';
import { logProofWords } from '../core/light/log-proof-words.ts';
import { leafHash } from '../core/log/merkle-hash.ts';
import { verifyInclusion } from '../core/log/proof.ts';
import type { Chain } from '../node/chain.ts';
import type { SignedLog } from '../node/checkpoint-gathering.ts';
import { checkLogProof } from '../node/log-proof-check.ts';
import { isChanging } from '../node/published-log.ts';
import { webCryptoVerifier } from '../node/verifier.ts';
import type { ChainIdHex } from './app.ts';
import { GoverningApp } from './governing-app.ts';
import { idOf } from './governing-view.ts';
import { logItemView } from './log-item-view.ts';
import {
  FILES_MAX,
  type LogCommands,
  type LogFile,
  type LogFilesView,
  type LogFilter,
  type LogPageView,
  type LogProofView,
  type LogRange,
} from './log-item-views.ts';
import { count, fullMoment } from './words.ts';

/** Rows of one page at most, whatever is asked for. */
const PAGE_MAX = 200;

export abstract class LogApp extends GoverningApp implements Omit<LogCommands, 'auditAgain'> {
  readLog(id: ChainIdHex, { member, kinds, id: prefix }: LogFilter, { before, limit }: LogRange): Promise<Result<LogPageView>> {
    return this.on(id, async (chain) => {
      const { items, next } = await chain.log.read({
        limit: Math.min(limit, PAGE_MAX),
        ...(before === undefined ? {} : { before }),
        ...(member === undefined ? {} : { member: idOf(member) }),
        ...(kinds === undefined ? {} : { kinds }),
        ...(prefix === undefined ? {} : { id: prefix }),
      });
      return { items: await Promise.all(items.map((item) => logItemView(chain, item))), next };
    });
  }

  proveLogged(id: ChainIdHex, index: number): Promise<Result<LogProofView>> {
    return this.on(id, async (chain) => {
      const { log } = chain;
      const signed = log.signed();
      if (signed?.vouched !== true || index >= signed.checkpoint.size) return provedByBlock(chain, index);
      const file = await log.proof(index);
      // As whoever is handed the file does, so that none leaves this device that would not hold.
      const alone = await checkLogProof(file, webCryptoVerifier());
      const byPolicy = !alone.ok && alone.refusal.code === 'not-available';
      const story = unwrap(byPolicy ? await checkLogProof(file, webCryptoVerifier(), log.policy) : alone);
      return { ...logProofWords(story, fullMoment, (member) => chain.member(member)?.name, isolatedName), file };
    });
  }

  listLogFiles(id: ChainIdHex): Promise<Result<LogFilesView>> {
    return this.on(id, async ({ log }) => {
      const signed = log.published();
      if (signed === undefined) throw new RefusalError({ code: 'not-available', detail: 'no checkpoint was signed by enough yet' });
      const paths = await log.paths(signed);
      const changing = await filesOf(log, signed, paths.filter(isChanging));
      return { size: signed.checkpoint.size, paths: paths.filter((path) => !isChanging(path)), changing };
    });
  }

  readLogFiles(id: ChainIdHex, paths: readonly string[]): Promise<Result<readonly LogFile[]>> {
    return this.on(id, ({ log }) => {
      const signed = log.published();
      if (signed === undefined) throw new RefusalError({ code: 'not-available', detail: 'no checkpoint was signed by enough yet' });
      return filesOf(log, signed, paths.slice(0, FILES_MAX));
    });
  }
}

async function filesOf(log: Chain['log'], signed: SignedLog, paths: readonly string[]): Promise<readonly LogFile[]> {
  const files: LogFile[] = [];
  for (const path of paths) {
    const file = await log.file(signed, path);
    if (file === undefined) throw new RefusalError({ code: 'not-available', detail: `${path} is not here` });
    files.push({ path, bytes: file.bytes });
  }
  return files;
}

/** While no checkpoint covers it: the fingerprint of the last final block does, which this device has verified. */
async function provedByBlock({ node, name }: Chain, index: number): Promise<LogProofView> {
  const { tip, history } = node.ledger;
  const { height, logSize, logRoot } = tip.header;
  const [leaf] = await node.ledger.leaves(index, index + 1);
  if (leaf === undefined) throw new RefusalError({ code: 'not-available', detail: `leaf ${index} is not here` });
  unwrap(verifyInclusion(leafHash(leaf.bytes), index, logSize, unwrap(await history.inclusion(index, logSize)), logRoot));
  return {
    title: `Place ${index} in the log of ${name}`,
    proves: [
      `It stands at place ${index} of the log of ${count(logSize, 'transaction')} under block ${height.toLocaleString('en')}, which the validators made final: this device has checked that.`,
    ],
    provesNot: [
      'Anything to others yet: no checkpoint that enough have signed covers it. That comes some seconds after a block; then there is a file for others to check.',
    ],
    file: undefined,
  };
}
