/** `latchkey-relay start`: runs a relay until it is told to stop. */
import { fileURLToPath } from 'node:url';
import { readAddress } from '../../../src/net/addresses.ts';
import type { ChainHost, Invitation, OpenChainHost } from '../chain-host.ts';
import { checkName } from '../commands.ts';
import { Complaint } from '../complaint.ts';
import { type Relay, type RelayOptions, startRelay } from '../relay.ts';
import { readWitness } from '../witnesses.ts';
import { DEFAULT_DATA_FOLDER, readArguments, readChoice, readFolder, readPort } from './options.ts';
import { printJson, printLog, printResult, qrCode } from './output.ts';
import { OPERATOR_HELP, OPERATOR_OPTIONS } from './request-role.ts';
import { checkUrl, closeInTime, runNode } from './start-node.ts';

const HELP = `latchkey-relay start [options]

Runs a relay: connects browsers, hosts chains, serves the page.

  --data DIR            where keys and chains are kept (default ${DEFAULT_DATA_FOLDER})
  --host ADDRESS        listen on this address (default 127.0.0.1; 0.0.0.0 for all)
  --http-port PORT      the page (default 8080)
  --p2p-port PORT       WebSocket on TCP, webrtc-direct on UDP (default 9001); STUN on the UDP port after it
  --announce ADDRESS    multiaddr to tell others instead of the ones listened on; may be given several times,
                        for example /dns4/relay.example/tcp/443/tls/ws
  --url URL             the page's address as others see it, if a proxy stands before it
  --host-chains RULE    whose chains to host when a page asks: open (default) or none
  --witness KEY=URL     asks this public witness to cosign the logs of public chains; may be given several times
  --chain NAME          at the first start, create this chain; at every start, print an invitation to it
  --join LINK           no relay: a member's node that joins by this link, waits to be admitted and stays; it
                        serves no page and listens on --p2p-port alone (default any free one)
  --knock ROLE          with --join: asks without using the link up, which then only says where the chain is
${OPERATOR_HELP.map((line) => `  ${line.replace(/ {2}/, '       ')}`).join('\n')}
  --phrase-file FILE    with --join: becomes the member again whom the phrase in this file recovers
  --stolen              with --phrase-file: the keys so far are in wrong hands, and what they left open ends
  --name NAME           what members see this node as (default: Relay; with --join this machine's name)
  --site DIR            the built site (default: the one of this installation)
  --json                print one line of JSON when ready: url, invitation, peerId, addresses; with --join a second
                        one when admitted: chain, name
  --help`;

const OPTIONS = {
  data: { type: 'string', default: DEFAULT_DATA_FOLDER },
  host: { type: 'string', default: '127.0.0.1' },
  'http-port': { type: 'string', default: '8080' },
  'p2p-port': { type: 'string' },
  announce: { type: 'string', multiple: true },
  url: { type: 'string' },
  'host-chains': { type: 'string', default: 'open' },
  witness: { type: 'string', multiple: true },
  chain: { type: 'string' },
  join: { type: 'string' },
  name: { type: 'string' },
  knock: { type: 'string' },
  'phrase-file': { type: 'string' },
  stolen: { type: 'boolean', default: false },
  ...OPERATOR_OPTIONS,
  site: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];
/** In the project, and in an installation that carries the built site beside the relay. */
const SITE_FOLDER = fileURLToPath(new URL('../../../dist/site', import.meta.url));

/** Runs until SIGINT or SIGTERM. The process is to end after it: webrtc-direct leaves a native thread behind. */
export async function start(args: readonly string[], openHost: OpenChainHost): Promise<number> {
  const { values } = readArguments('start', args, OPTIONS);
  if (values.help) {
    printResult(HELP);
    return 0;
  }
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

type Values = ReturnType<typeof readArguments<typeof OPTIONS>>['values'];

function readOptions(values: Values): RelayOptions {
  const [httpPort, p2pPort] = [readPort(values['http-port'], '--http-port'), readPort(values['p2p-port'] ?? '9001', '--p2p-port')];
  if (httpPort !== 0 && httpPort === p2pPort)
    throw new Complaint(`Port ${httpPort} cannot serve both: give --http-port and --p2p-port different ones.`);
  return {
    dataFolder: readFolder(values.data),
    name: values.name ?? 'Relay',
    host: values.host,
    httpPort,
    p2pPort,
    announce: (values.announce ?? []).map(checkAddress),
    publicUrl: values.url === undefined ? undefined : checkUrl(values.url),
    hosting: readChoice(values['host-chains'], '--host-chains', ['open', 'none']),
    witnesses: (values.witness ?? []).map(readWitness),
    siteFolder: values.site === undefined ? SITE_FOLDER : readFolder(values.site),
    log: printLog,
  };
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

async function announce(relay: Relay, values: Values): Promise<void> {
  const invitation = values.chain === undefined ? undefined : await invitationTo(checkName(values.chain), relay.chains);
  if (values.json) {
    printJson({ url: relay.url, invitation: invitation?.url ?? null, peerId: relay.peerId, addresses: relay.addresses });
    return;
  }
  const lines = ['', `Page          ${relay.url}`, `Data folder   ${readFolder(values.data)}`, `Peer id       ${relay.peerId}`];
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
