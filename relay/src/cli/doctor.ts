/** `latchkey-relay doctor`: what is right and wrong with this machine, its relay and others, as a list that can be sent to somebody. */
import { reportText, type Told } from '../../../src/net/checks/finding.ts';
import { examine, relaysNamed } from '../doctor/doctor.ts';
import { readArguments, readFolder, readPort } from './options.ts';
import { printJson, printResult } from './output.ts';
import { helpLines, readSettings } from './settings.ts';

const HELP = `latchkey-relay doctor [LINK|ADDRESS …] [options]

Checks this machine: data folder, ports or the relay that runs on it, clock, router. Checks relays by each of their addresses and
by STUN: the one that runs here, and those that a link names or an address leads to. Only these are asked. Changes nothing, uses no
link up, and prints neither links nor keys. Ends with 1 if something failed.

${helpLines('--data DIR', 'the relay’s data folder; with the next four as for start, from the environment and relay.json too')}
${helpLines('--host ADDRESS', '')}
${helpLines('--http-port PORT', '')}
${helpLines('--p2p-port PORT', '')}
${helpLines('--config FILE', '')}
${helpLines('--json', 'print one line of JSON')}
${helpLines('--help', '')}`;

const SETTINGS = {
  data: { type: 'string' },
  host: { type: 'string' },
  'http-port': { type: 'string' },
  'p2p-port': { type: 'string' },
  config: { type: 'string' },
} as const;
const OPTIONS = { ...SETTINGS, json: { type: 'boolean', default: false }, help: { type: 'boolean', default: false } } as const;
const NAMED_MAX = 8;

export async function doctor(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments('doctor', args, OPTIONS, Array<string>(NAMED_MAX).fill('LINK|ADDRESS'));
  if (values.help) {
    printResult(HELP);
    return 0;
  }
  const named = positionals.flatMap(relaysNamed);
  const flags = Object.keys(SETTINGS).flatMap((name) => {
    const value = Object.entries(values).find(([one]) => one === name)?.[1];
    return typeof value === 'string' ? [`--${name}`, value] : [];
  });
  const settings = readSettings(flags, process.env).values;
  const ground = {
    dataFolder: readFolder(settings.data),
    host: settings.host,
    httpPort: readPort(settings['http-port'], '--http-port'),
    p2pPort: readPort(settings['p2p-port'] ?? '9001', '--p2p-port'),
  };
  const told = await examine(ground, named);
  if (values.json) printJson(jsonOf(told));
  else
    printResult(
      reportText(['latchkey-relay doctor', `${new Date().toISOString()}, Node ${process.version}, ${process.platform}`, ''], told),
    );
  return told.some(({ finding }) => finding?.state === 'failed') ? 1 : 0;
}

function jsonOf(told: readonly Told[]): object {
  const of = (state: string) => told.filter(({ finding }) => finding?.state === state).length;
  return {
    failed: of('failed'),
    attention: of('attention'),
    checks: told.map(({ group, title, finding }) => ({ group, title, ...finding })),
  };
}
