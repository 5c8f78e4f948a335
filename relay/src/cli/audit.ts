/** `latchkey-relay audit [LINK]`: replays a chain from its genesis, and says what is wrong or worth a look. */
import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { toHex } from '../../../src/core/base/bytes.ts';
import { MINUTE_MS, SECOND_MS } from '../../../src/core/base/limits.ts';
import { RefusalError, unwrap } from '../../../src/core/base/result.ts';
import { parseLink } from '../../../src/core/codec/link-text.ts';
import type { Chain } from '../../../src/node/chain.ts';
import { askRelay } from '../admin-socket.ts';
import { type AuditAnswer, auditChain, auditLines } from '../audit-desk.ts';
import { holdsInTime } from '../chain-actions.ts';
import type { Answer } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { openChainHost } from '../node-chain-host.ts';
import { startPlainNode } from '../plain-node.ts';
import { PublishedAudit, publishedAt } from '../published-audit.ts';
import { SPACE_BYTES_MAX_DEFAULT } from '../sqlite-store.ts';
import { CHAIN_OPTION } from './ask.ts';
import { DEFAULT_DATA_FOLDER, readArguments, readFolder } from './options.ts';
import { printJson, printLog, printResult } from './output.ts';
import { closeInTime, siteOf } from './start-node.ts';

const HELP = `latchkey-relay audit [LINK | URL | DIR] [options]

Replays a chain from its genesis: every signature, every block, each admission against the rule of its time, and the whole
against what was found or signed before. Says what is wrong, and what is worth a look. Of a chain that is public, the URL of
its log (https://relay.example/<chain id>) or the folder of an export is enough. With an invitation LINK this command joins
as the role of the link, copies the history and audits the copy. Without any the running relay audits its own copy.
Ends with 0 if all is right, with 1 if not.

  --data DIR       the running relay's data folder; otherwise where the copy is kept, and what was found right before
                   (default ${DEFAULT_DATA_FOLDER}, otherwise ${DEFAULT_DATA_FOLDER}-audit)
  --chain NAME     of the running relay: which chain (default: the only one there is)
  --name NAME      with LINK: what members see this node as (default: this machine's name)
  --watch          goes on: looks again after each change, and prints what is new; of an auditor's node, cosigns
  --json           print one line of JSON a look
  --help`;

const OPTIONS = {
  ...CHAIN_OPTION,
  data: { type: 'string' },
  name: { type: 'string' },
  watch: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** The history of a long chain takes its time. */
const COPY_WITHIN_MS = 60 * MINUTE_MS;
/** Between two looks of a watch. */
const WATCH_EVERY_MS = 5 * SECOND_MS;

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>['values'];

export async function audit(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('audit', args, OPTIONS, ['LINK | URL | DIR']);
  const [target] = positionals;
  if (values.help) {
    printResult(HELP);
    return 0;
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  if (target === undefined) return auditHere(values, stop.signal);
  const published = publishedAt(target);
  if (published === undefined) return auditLink(target, values, stop.signal);
  const { watch, json, data } = values;
  const audited = new PublishedAudit(published, dataFolderOf(data));
  return look(() => audited.look(stop.signal), watch, json, stop.signal);
}

// ---------------------------------------------------------------- by the running relay

async function auditHere({ data, chain, watch, json }: Values, stop: AbortSignal): Promise<number> {
  const folder = readFolder(data ?? DEFAULT_DATA_FOLDER);
  return look(async () => (await askRelay(folder, { command: 'audit', chain })) as Answer<'audit'>, watch, json, stop);
}

// ---------------------------------------------------------------- by a node of its own

async function auditLink(link: string, values: Values, stop: AbortSignal): Promise<number> {
  const { chain: id } = unwrap(parseLink(link));
  const name = values.name ?? hostname();
  const dataFolder = dataFolderOf(values.data);
  const node = await startPlainNode(
    { dataFolder, name, host: '127.0.0.1', p2pPort: 0, siteUrl: siteOf(link), quotaBytes: SPACE_BYTES_MAX_DEFAULT, log: printLog },
    openChainHost,
  );
  try {
    const known = node.chains.chains().some((one) => toHex(one.id) === toHex(id));
    if (!known) await node.chains.join({ link, name, knock: undefined, operator: undefined, phrase: undefined, stolen: false }, printLog);
    const chain = node.chains.chain(toHex(id));
    await copied(chain);
    return await look(() => auditChain(chain, stop), values.watch, values.json, stop);
  } finally {
    await closeInTime(node);
  }
}

async function copied(chain: Chain): Promise<void> {
  const whole = () => chain.node.ledger.complete && chain.node.ledger.certified;
  if (!whole()) printLog('Copying the history …');
  if (!(await holdsInTime(chain, whole, COPY_WITHIN_MS)))
    throw new Complaint('The history did not come: run the command again, it goes on.');
}

function dataFolderOf(data: string | undefined): string {
  return readFolder(data ?? `${DEFAULT_DATA_FOLDER}-audit`);
}

// ---------------------------------------------------------------- looking

/** Looks once; watching, again and again, and prints what is new. A watch outlasts what is out of reach for a while. */
async function look(ask: () => Promise<AuditAnswer>, watch: boolean, json: boolean, stop: AbortSignal): Promise<number> {
  let answer = watch ? undefined : await ask();
  if (answer !== undefined) print(answer, json);
  for (let missed = ''; watch && !stop.aborted; await pause(WATCH_EVERY_MS, undefined, { signal: stop }).catch(() => undefined)) {
    const next = await ask().catch(whyNotNow);
    if (stop.aborted) break;
    if (typeof next === 'string') {
      if (next !== missed) printLog(next);
      missed = next;
      continue;
    }
    missed = '';
    if (answer === undefined || isNews(answer, next)) print(next, json);
    answer = next;
  }
  return answer?.clean === true ? 0 : 1;
}

/** What may be otherwise at the next look, in words: all that others show or fail to. Throws what is wrong here. */
function whyNotNow(error: unknown): string {
  if (error instanceof Complaint || (error instanceof RefusalError && !error.code.startsWith('storage'))) return error.message;
  throw error;
}

function isNews(before: AuditAnswer, now: AuditAnswer): boolean {
  return before.clean !== now.clean || before.size !== now.size || before.findings.length !== now.findings.length;
}

function print(answer: AuditAnswer, json: boolean): void {
  if (json) printJson(answer);
  else printResult(auditLines(answer).join('\n'));
}
