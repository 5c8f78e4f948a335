/** `latchkey-relay start`: runs a relay until it is told to stop. */
import { isIP } from 'node:net';
import { fileURLToPath } from 'node:url';
import { PRIVATE_ADDRESSES } from '../../../src/net/address-book.ts';
import { readAddress } from '../../../src/net/addresses.ts';
import { SERVICES } from '../../../src/net/relay-gate.ts';
import { HOSTING_RULES, type HostingRule } from '../../../src/node/hosting.ts';
import type { ChainHost, Invitation, OpenChainHost } from '../chain-host.ts';
import { checkName } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { diskUse } from '../disk-use.ts';
import { STATUS_AUDIENCES } from '../health.ts';
import { type Relay, type RelayOptions, startRelay } from '../relay.ts';
import { SELF_TEST_TIMEOUT_MS, selfTest } from '../self-test.ts';
import { readSize, sizeText } from '../sizes.ts';
import { readTlsKeys } from '../tls-keys.ts';
import { readWitness } from '../witnesses.ts';
import { readChoice, readFolder, readPort } from './options.ts';
import { LOG_FORMATS, logAs, printJson, printLog, printResult, qrCode } from './output.ts';
import { environmentName, helpLines, type ReadSettings, readSettings, type StartValues, settingsHelp, shownSettings } from './settings.ts';
import { checkUrl, closeInTime, runNode } from './start-node.ts';

const HELP = `latchkey-relay start [options]

Runs a relay: connects browsers, hosts chains, serves the page. Every setting can also stand in the environment, as
${environmentName('http-port')}, or in a file of JSON, as {"http-port": 8080}; a flag counts before the environment, and that before the file.

${settingsHelp()}
${helpLines('--config FILE', 'the file with settings (default: relay.json in the data folder, if it is there)')}
${helpLines('--print-config', 'print the settings in force and where each came from, and end')}
${helpLines('--help', '')}`;

const HOSTING_WORDS: Readonly<Record<HostingRule, string>> = {
  open: 'any page may ask for a chain',
  invited: 'those with a code may ask for a chain: latchkey-relay host-code',
  none: 'chains of this operator only',
};

const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
/** In the project, and in an installation that carries the built site beside the relay. */
const SITE_FOLDER = fileURLToPath(new URL('../../../dist/site', import.meta.url));

/** Runs until SIGINT or SIGTERM. The process is to end after it: webrtc-direct leaves a native thread behind. */
export async function start(args: readonly string[], openHost: OpenChainHost): Promise<number> {
  const settings = readSettings(args, process.env);
  const { values } = settings;
  if (settings.help) {
    printResult(HELP);
    return 0;
  }
  if (settings.printConfig) {
    printResult(settingsText(settings, values.json));
    return 0;
  }
  logAs(readChoice(values['log-format'], '--log-format', LOG_FORMATS));
  using stop = listenForStop();
  if (values.join !== undefined) return runNode({ ...values, join: values.join }, stop.signal, openHost);
  const relay = await startRelay(readOptions(values), openHost);
  try {
    await announce(relay, values);
    printLog(`Stopping: ${await stop.signal}`);
  } finally {
    await closeInTime(relay);
  }
  return 0;
}

function settingsText(settings: ReadSettings, json: boolean): string {
  const shown = Object.entries(shownSettings(settings));
  if (json) return JSON.stringify(Object.fromEntries(shown));
  return shown.map(([name, { value, from }]) => `${name.padEnd(SETTING_COLUMN)}${valueText(value)}  (${from})`).join('\n');
}

const SETTING_COLUMN = 16;

function valueText(value: unknown): string {
  if (value === undefined) return '-';
  return Array.isArray(value) ? value.join(' ') || '-' : String(value);
}

function readOptions(values: StartValues): RelayOptions {
  const [httpPort, p2pPort] = [readPort(values['http-port'], '--http-port'), readPort(values['p2p-port'] ?? '9001', '--p2p-port')];
  if (httpPort !== 0 && httpPort === p2pPort)
    throw new Complaint(`Port ${httpPort} cannot serve both: give --http-port and --p2p-port different ones.`);
  return {
    dataFolder: readFolder(values.data),
    name: values.name ?? 'Relay',
    host: values.host,
    httpPort,
    p2pPort,
    announce: values.announce.map(checkAddress),
    publicUrl: values.url === undefined ? undefined : checkUrl(values.url),
    hosting: readChoice(values['host-chains'], '--host-chains', HOSTING_RULES),
    serves: readChoice(values.serve, '--serve', SERVICES),
    proxies: values.proxy.map(checkProxy),
    showStatus: readChoice(values['show-status'], '--show-status', STATUS_AUDIENCES),
    quotaBytes: readSize(values['chain-quota'], '--chain-quota'),
    tls: readTlsKeys(values['tls-cert'], values['tls-key'], new Date()),
    witnesses: values.witness.map(readWitness),
    siteFolder: values.site === undefined ? SITE_FOLDER : readFolder(values.site),
    log: printLog,
  };
}

function checkProxy(text: string): string {
  if (isIP(text) !== 0 || text === PRIVATE_ADDRESSES) return text;
  throw new Complaint(
    `--proxy ${text} is no IP address: give the one from which the proxy connects, such as 172.18.0.2, or private for all of private networks.`,
  );
}

function checkAddress(text: string): string {
  // A webrtc-direct address gets its certificate hash from the relay; any hash will do for this check.
  const complete = text.endsWith('/webrtc-direct') ? `${text}/certhash/uEiAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA` : text;
  const address = readAddress(complete);
  if (address !== undefined && 'host' in address) return text;
  throw new Complaint(
    `--announce ${text} is no address of a relay: give one like /dns4/relay.example/tcp/443/tls/ws or /ip4/192.0.2.1/udp/9001/webrtc-direct.`,
  );
}

async function announce(relay: Relay, values: StartValues): Promise<void> {
  const invitation = values.chain === undefined ? undefined : await invitationTo(checkName(values.chain), relay.chains);
  if (values.json) {
    printJson({ url: relay.url, invitation: invitation?.url ?? null, peerId: relay.peerId, addresses: relay.addresses });
    return;
  }
  const folder = readFolder(values.data);
  const { bytes, freeBytes } = diskUse(folder);
  const tested = await selfTest(relay, AbortSignal.timeout(SELF_TEST_TIMEOUT_MS));
  const chains = relay.chains.chains().map(({ name }) => name);
  const lines = [
    '',
    `Page          ${relay.url}`,
    `Status        ${new URL('status', relay.url).href}${values['show-status'] === 'all' ? '' : ' (from this machine)'}`,
    `Data folder   ${folder} (${sizeText(bytes)} used, ${sizeText(freeBytes)} free)`,
    `Peer id       ${relay.peerId}`,
    ...tested.map(({ what, said }, i) => `${(i === 0 ? 'Self-test' : '').padEnd(14)}${what}: ${said}`),
    `Hosting       ${HOSTING_WORDS[relay.hosting]}`,
    `Chains        ${chains.length === 0 ? 'none yet: latchkey-relay chain create NAME' : chains.join(', ')}`,
  ];
  if (invitation !== undefined) lines.push('', `Invitation to ${values.chain}:`, '', invitation.url, '', qrCode(invitation.url));
  printResult(lines.join('\n'));
}

async function invitationTo(name: string, chains: ChainHost): Promise<Invitation> {
  const known =
    chains.find(name) ?? (await chains.createChain({ name, template: 'open-link', approvals: 1, publicRead: false, recovery: undefined }));
  return chains.standingInvitation(known.chain);
}

/** `signal` settles with the name of the first signal to stop; a second one ends the process at once. */
function listenForStop(): Disposable & { readonly signal: Promise<NodeJS.Signals> } {
  const first = Promise.withResolvers<NodeJS.Signals>();
  let told = false;
  const stop = (signal: NodeJS.Signals) => {
    if (told) process.exit(1);
    told = true;
    first.resolve(signal);
  };
  for (const name of STOP_SIGNALS) process.on(name, stop);
  return {
    signal: first.promise,
    [Symbol.dispose]: () => {
      for (const name of STOP_SIGNALS) process.off(name, stop);
    },
  };
}
