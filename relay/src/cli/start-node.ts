/** `latchkey-relay start --join LINK`: a member's node, which joins by a link, waits to be admitted and stays. */
import { hostname } from 'node:os';
import { SECOND_MS } from '../../../src/core/base/limits.ts';
import type { ChainSummary, OpenChainHost } from '../chain-host.ts';
import { Complaint } from '../complaint.ts';
import { roleCalled } from '../desk-rules.ts';
import { startPlainNode } from '../plain-node.ts';
import { readSize } from '../sizes.ts';
import { readWitness } from '../witnesses.ts';
import { readFolder, readPhrase, readPort } from './options.ts';
import { printJson, printLog, printResult } from './output.ts';
import { readOperator } from './request-role.ts';
import type { StartValues } from './settings.ts';

/** What hangs for longer than this while stopping is left to the end of the process. */
const STOP_TIMEOUT_MS = 10 * SECOND_MS;

export type NodeValues = StartValues & { readonly join: string };

/** Ready at once, admitted when the chain's members have let it in. A join that is refused ends it with an error. */
export async function runNode(values: NodeValues, stopped: Promise<NodeJS.Signals>, openHost: OpenChainHost): Promise<number> {
  const { join: link, knock, json } = values;
  const [name, dataFolder] = [values.name ?? hostname(), readFolder(values.data)];
  const p2pPort = readPort(values['p2p-port'] ?? '0', '--p2p-port');
  const phrase = readPhrase(values['phrase-file']);
  const asRole = knock === undefined ? undefined : roleCalled(knock);
  const wish = { link, name, knock: asRole, operator: readOperator(values), phrase, stolen: values.stolen };
  const siteUrl = checkUrl(values.url ?? siteOf(link));
  const quotaBytes = readSize(values['chain-quota'], '--chain-quota');
  const witnesses = values.witness.map(readWitness).map(({ key }) => key);
  const node = await startPlainNode(
    { dataFolder, name, host: values.host, p2pPort, siteUrl, quotaBytes, witnesses, log: printLog },
    openHost,
  );
  try {
    const { peerId, addresses } = node;
    if (json) printJson({ url: null, invitation: null, peerId, addresses });
    else printResult(`Data folder   ${dataFolder}\nPeer id       ${peerId}`);
    const joined = node.chains.join(wish, printLog).then((chain) => tellAdmitted(chain, json));
    printLog(`Stopping: ${await Promise.race([stopped, joined.then(() => stopped)])}`);
  } finally {
    await closeInTime(node);
  }
  return 0;
}

function tellAdmitted({ chain, name }: ChainSummary, json: boolean): void {
  if (json) printJson({ chain, name });
  else printResult(`Member of     ${name}: ${chain}`);
}

/** The page that a link leads to; links made here lead there too. */
export function siteOf(link: string): string {
  const url = URL.parse(link);
  return url === null ? 'http://localhost/' : `${url.origin}${url.pathname}`;
}

export function checkUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.hash === '' && url.search === '') return url.href;
  throw new Complaint(`--url ${text} is no address of a page: give one like https://relay.example/.`);
}

/** Closes what was started, or leaves it to the end of the process. */
export async function closeInTime(running: { close(): Promise<void> }): Promise<void> {
  await Promise.race([running.close(), new Promise((resolve) => setTimeout(resolve, STOP_TIMEOUT_MS))]);
}
