/** The relay's status as a page without scripts: what its operator looks at. Everything from a chain is escaped text. */
import type { ChainStatus } from './chain-host.ts';
import type { StatusAnswer } from './commands.ts';
import { sizeText } from './sizes.ts';

export const STATUS_STYLE = `:root { color-scheme: light dark; --accent: light-dark(#0f6b5c, #6fd0bd); --faint: light-dark(#5d6562, #a3ada9);
  --line: light-dark(#dcd8cf, #2b3230); --paper: light-dark(#faf8f4, #131716); --bad: light-dark(#a3261d, #ff9d92); }
body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem; background: var(--paper); font: 1rem/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 1.5rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; overflow-wrap: anywhere; }
dl { display: grid; grid-template-columns: minmax(8rem, max-content) 1fr; gap: .25rem 1rem; margin: 0; }
dt { color: var(--faint); }
dd { margin: 0; overflow-wrap: anywhere; }
ul { margin: .5rem 0; padding-left: 1.25rem; }
section { border-top: 1px solid var(--line); }
.good { color: var(--accent); }
.bad { color: var(--bad); }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; } }
`;

export function statusPage(status: StatusAnswer): string {
  const { url, peerId, addresses, startedAt, connections, reservations, reservationsMax, disk, chains, hosting } = status;
  const facts: readonly (readonly [string, string])[] = [
    ['Page', url],
    ['Peer id', peerId],
    ...addresses.map((address, i) => [i === 0 ? 'Addresses' : '', address] as const),
    ['Running since', startedAt],
    ['Connections', String(connections)],
    ['Reachable through here', `${reservations} of at most ${reservationsMax} browsers`],
    ['Hosting', hosting === 'open' ? 'any page may ask for a chain' : 'chains of this operator only'],
    ['Disk', `${sizeText(disk.bytes)} used, ${sizeText(disk.freeBytes)} free`],
  ];
  const body =
    chains.length === 0 ? '<p>No chains yet: <code>latchkey-relay chain create NAME</code></p>' : chains.map(chainSection).join('\n');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Relay status</title>
<link rel="stylesheet" href="status.css">
</head>
<body>
<h1>Relay status</h1>
${list(facts)}
${body}
</body>
</html>
`;
}

function chainSection({
  name,
  chain,
  height,
  transactions,
  members,
  connected,
  sessions,
  disk,
  problem,
  fork,
  consensus,
}: ChainStatus): string {
  const state = problem !== undefined ? `<span class="bad">stopped: ${escaped(problem)}</span>` : '<span class="good">running</span>';
  const facts: readonly (readonly [string, string])[] = [
    ['Chain', chain],
    ['Latest block', `${height}, ${consensus.final.time}`],
    ['Transactions', String(transactions)],
    ['Members', `${members}, ${sessions} connected${connected.length === 0 ? '' : `: ${connected.join(', ')}`}`],
    ['Validators', consensus.validators.map((one) => `${one.name}${one.you ? ' (this one)' : one.reached ? '' : ' (away)'}`).join(', ')],
    ['Disk', `${sizeText(disk.bytes)} of ${sizeText(disk.quotaBytes)}`],
  ];
  const says = [...(fork?.says ?? []), ...consensus.says].map((line) => `<li>${escaped(line)}</li>`);
  return `<section>
<h2>${escaped(name)}</h2>
<p>${state}</p>
${list(facts)}
${says.length === 0 ? '' : `<ul>${says.join('')}</ul>`}
</section>`;
}

function list(facts: readonly (readonly [string, string])[]): string {
  return `<dl>${facts.map(([term, value]) => `<dt>${escaped(term)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ENTITIES[sign] ?? sign);
}
