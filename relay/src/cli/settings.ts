/**
 * The settings of `latchkey-relay start` in one table: their flags, their names in the environment and in a file, what they are
 * without being set, what they do. Help, `--print-config` and the table in docs/relay.md are made from it.
 */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { ParseArgsConfig } from 'node:util';
import { Complaint } from '../complaint.ts';
import { DEFAULT_DATA_FOLDER, readArguments } from './options.ts';

interface Setting {
  /** `texts` may be given several times, or as a list in the file, or with spaces between them in the environment. */
  readonly type: 'text' | 'texts' | 'flag';
  /** What stands for its value in the help; none for a flag. */
  readonly value?: string;
  readonly default?: string;
  readonly help: string;
  /** Names or opens something: never printed. */
  readonly secret?: true;
}

export const SETTINGS = {
  data: { type: 'text', value: 'DIR', default: DEFAULT_DATA_FOLDER, help: 'where keys and chains are kept' },
  host: { type: 'text', value: 'ADDRESS', default: '127.0.0.1', help: 'listen on this address; 0.0.0.0 for all' },
  'http-port': { type: 'text', value: 'PORT', default: '8080', help: 'the page, the published logs, and how the relay is doing' },
  'p2p-port': {
    type: 'text',
    value: 'PORT',
    help: 'WebSocket on TCP, webrtc-direct on UDP (default 9001; any free one with --join); STUN on the UDP port after it',
  },
  announce: {
    type: 'texts',
    value: 'ADDRESS',
    help: 'multiaddr to tell others instead of the ones listened on; may be given several times, for example /dns4/relay.example/tcp/443/tls/ws',
  },
  'tls-cert': { type: 'text', value: 'FILE', help: 'certificate chain in PEM: page and WebSocket then speak TLS; with --tls-key' },
  'tls-key': { type: 'text', value: 'FILE', help: 'its private key in PEM' },
  url: { type: 'text', value: 'URL', help: 'the page’s address as others see it, if a proxy stands before it' },
  'host-chains': {
    type: 'text',
    value: 'RULE',
    default: 'open',
    help: 'whose chains to host when a page asks: open, invited (those with a code from “latchkey-relay host-code”) or none',
  },
  serve: {
    type: 'text',
    value: 'WHOM',
    default: 'members',
    help: 'who may be reached through it and reach others: members (of chains that it is on, and guests with a live invitation) or all (others too, a fifth of the places at most)',
  },
  proxy: {
    type: 'texts',
    value: 'ADDRESS',
    help: 'IP address of a proxy before it, which stands for many machines, or private for those of private networks; may be given several times; this machine’s own is known',
  },
  'chain-quota': {
    type: 'text',
    value: 'SIZE',
    default: '64G',
    help: 'room that one chain may take on the disk; then it stops, says so, and tries again now and then',
  },
  'show-status': {
    type: 'text',
    value: 'WHOM',
    default: 'local',
    help: 'who may read /status and /metrics: local (this machine, not through a proxy) or all',
  },
  witness: {
    type: 'texts',
    value: 'KEY=URL',
    help: 'asks this public witness to cosign the logs of public chains; without a URL only shows its signatures; may be given several times',
  },
  chain: { type: 'text', value: 'NAME', help: 'at the first start, create this chain; at every start, print an invitation to it' },
  join: {
    type: 'text',
    value: 'LINK',
    secret: true,
    help: 'no relay: a member’s node that joins by this link, waits to be admitted and stays; it serves no page',
  },
  knock: { type: 'text', value: 'ROLE', help: 'with --join: asks without using the link up, which then only says where the chain is' },
  operator: { type: 'text', value: 'NAME', help: 'with --join: who runs the machine, where the rules ask for it; with it the next four' },
  region: { type: 'text', value: 'N', help: 'UN M49 number of the region it is in' },
  kbps: { type: 'text', value: 'N', help: 'its bandwidth' },
  software: { type: 'text', value: 'N', help: 'the version that it runs, from the approved ones' },
  checklist: { type: 'text', value: 'N', help: '1 installs updates, 2 keeps backups, 4 keeps others from its keys; their sum (7 for all)' },
  'phrase-file': { type: 'text', value: 'FILE', help: 'with --join: becomes the member again whom the phrase in this file recovers' },
  stolen: { type: 'flag', help: 'with --phrase-file: the keys so far are in wrong hands, and what they left open ends' },
  name: { type: 'text', value: 'NAME', help: 'what members see this node as (default Relay; with --join this machine’s name)' },
  site: { type: 'text', value: 'DIR', help: 'the built site (default: the one of this installation)' },
  'log-format': { type: 'text', value: 'FORMAT', default: 'text', help: 'how what happens is written to standard error: text or json' },
  json: { type: 'flag', help: 'print one line of JSON when ready: url, invitation, peerId, addresses; with --join a second when admitted' },
} as const satisfies Readonly<Record<string, Setting>>;

type SettingName = keyof typeof SETTINGS;
type ValueOf<S extends Setting> = S['type'] extends 'flag'
  ? boolean
  : S['type'] extends 'texts'
    ? readonly string[]
    : S extends { readonly default: string }
      ? string
      : string | undefined;
export type StartValues = { readonly [N in SettingName]: ValueOf<(typeof SETTINGS)[N]> };

/** Where a value came from; the first that says something counts. */
type Source = 'flag' | 'environment' | 'file' | 'default';

/** What only the command line says. */
const COMMAND_OPTIONS = { config: { type: 'string' }, 'print-config': { type: 'boolean' }, help: { type: 'boolean' } } as const;
/** Read from the data folder where no other file is named. */
const CONFIG_FILE = 'relay.json';

export interface ReadSettings {
  readonly values: StartValues;
  readonly sources: Readonly<Record<SettingName, Source>>;
  readonly printConfig: boolean;
  readonly help: boolean;
}

export function environmentName(setting: string): string {
  return `LATCHKEY_${setting.toUpperCase().replaceAll('-', '_')}`;
}

/** Flags over environment over file. Throws `Complaint` for what is no setting, wherever it stands. */
export function readSettings(args: readonly string[], environment: NodeJS.ProcessEnv): ReadSettings {
  const options = { ...parserOptions(), ...COMMAND_OPTIONS };
  const given = readArguments('start', args, options).values;
  const flags = asWritten(given);
  const environs = fromEnvironment(environment);
  const data = textOf(flags.get('data') ?? environs.get('data')) ?? SETTINGS.data.default;
  const file = fromFile(typeof given.config === 'string' ? given.config : undefined, data);
  const layers: readonly (readonly [Source, Layer])[] = [
    ['flag', flags],
    ['environment', environs],
    ['file', file],
    ['default', defaults()],
  ];
  const sources: Partial<Record<SettingName, Source>> = {};
  const values: Partial<Record<SettingName, Given>> = {};
  for (const name of names()) {
    const [source, layer] = layers.find(([, one]) => one.has(name)) ?? ['default', undefined];
    sources[name] = source;
    values[name] = layer?.get(name) ?? (SETTINGS[name].type === 'texts' ? [] : SETTINGS[name].type === 'flag' ? false : undefined);
  }
  return {
    values: values as StartValues,
    sources: sources as Record<SettingName, Source>,
    printConfig: given['print-config'] === true,
    help: given.help === true,
  };
}

type Given = string | readonly string[] | boolean | undefined;
type Layer = ReadonlyMap<SettingName, Given>;

function names(): readonly SettingName[] {
  return Object.keys(SETTINGS) as SettingName[];
}

function isSetting(name: string): name is SettingName {
  return Object.hasOwn(SETTINGS, name);
}

function parserOptions(): NonNullable<ParseArgsConfig['options']> {
  return Object.fromEntries(
    names().map((name) => {
      const { type } = SETTINGS[name];
      return [name, type === 'flag' ? { type: 'boolean' } : { type: 'string', multiple: type === 'texts' }];
    }),
  );
}

function asWritten(given: Readonly<Record<string, unknown>>): Layer {
  return new Map(names().flatMap((name) => (given[name] === undefined ? [] : [[name, given[name] as Given] as const])));
}

function defaults(): Layer {
  return new Map(
    names().flatMap((name) => {
      const setting: Setting = SETTINGS[name];
      return setting.default === undefined ? [] : [[name, setting.default] as const];
    }),
  );
}

function fromEnvironment(environment: NodeJS.ProcessEnv): Layer {
  return new Map(
    names().flatMap((name) => {
      const text = environment[environmentName(name)];
      return text === undefined || text === '' ? [] : [[name, ofText(name, text)] as const];
    }),
  );
}

function ofText(name: SettingName, text: string): Given {
  switch (SETTINGS[name].type) {
    case 'text':
      return text;
    case 'texts':
      return text.trim().split(/\s+/);
    case 'flag':
      if (/^(1|true|yes|on)$/i.test(text)) return true;
      if (/^(0|false|no|off)$/i.test(text)) return false;
      throw new Complaint(`${environmentName(name)}=${text} is neither yes nor no: write 1 or 0.`);
  }
}

function fromFile(named: string | undefined, data: string): Layer {
  const file = named === undefined ? join(resolve(data), CONFIG_FILE) : resolve(named);
  const text = readIfThere(file, named !== undefined);
  if (text === undefined) return new Map();
  const read = parseObject(text, file);
  return new Map(
    Object.entries(read).map(([name, value]) => {
      if (!isSetting(name)) throw new Complaint(`${file} sets ${name}, which is no setting: latchkey-relay start --help lists them.`);
      return [name, ofJson(name, value, file)] as const;
    }),
  );
}

function readIfThere(file: string, mustBe: boolean): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
    if (missing && !mustBe) return undefined;
    throw new Complaint(`The settings in ${file} cannot be read: name a file with --config that its owner may read.`);
  }
}

function parseObject(text: string, file: string): object {
  try {
    const read: unknown = JSON.parse(text);
    if (typeof read === 'object' && read !== null && !Array.isArray(read)) return read;
  } catch {
    // Told below.
  }
  throw new Complaint(`${file} is no object of JSON: write it like {"http-port": 8080, "host": "0.0.0.0"}.`);
}

function ofJson(name: SettingName, value: unknown, file: string): Given {
  const { type } = SETTINGS[name];
  if (type === 'flag' && typeof value === 'boolean') return value;
  if (type !== 'flag' && (typeof value === 'string' || typeof value === 'number'))
    return type === 'texts' ? [String(value)] : String(value);
  if (type === 'texts' && Array.isArray(value) && value.every((one) => typeof one === 'string')) return value;
  const wanted = { flag: 'true or false', text: 'a text or a number', texts: 'a list of texts' }[type];
  throw new Complaint(`${file} gives ${name} another kind of value: write ${wanted}.`);
}

function textOf(given: Given): string | undefined {
  return typeof given === 'string' ? given : undefined;
}

const HELP_COLUMN = 26;
const HELP_WIDTH = 120;

/** The settings as the help lists them. */
export function settingsHelp(): string {
  return names()
    .map((name) => helpLines(flagOf(name), helpOf(name)))
    .join('\n');
}

export function helpLines(flag: string, help: string): string {
  const lines = [''];
  for (const word of help.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (HELP_COLUMN + line.length + word.length >= HELP_WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  const [first = '', ...more] = lines;
  return [`  ${flag.padEnd(HELP_COLUMN - 3)} ${first}`, ...more.map((line) => ' '.repeat(HELP_COLUMN) + line)].join('\n');
}

function flagOf(name: SettingName): string {
  const setting: Setting = SETTINGS[name];
  return setting.value === undefined ? `--${name}` : `--${name} ${setting.value}`;
}

function helpOf(name: SettingName): string {
  const setting: Setting = SETTINGS[name];
  return setting.default === undefined ? setting.help : `${setting.help} (default ${setting.default})`;
}

/** What is in force, and where each value came from; secrets are only said to be there. */
export function shownSettings({
  values,
  sources,
}: ReadSettings): Readonly<Record<string, { readonly value: Given; readonly from: Source }>> {
  return Object.fromEntries(
    names().map((name) => {
      const setting: Setting = SETTINGS[name];
      const value: Given = values[name];
      return [name, { value: setting.secret && value !== undefined ? '(not shown)' : value, from: sources[name] }];
    }),
  );
}

/** The table of docs/relay.md. */
export function settingsTable(): string {
  const rows = names().map((name) => `| \`${flagOf(name)}\` | \`${environmentName(name)}\` | ${cell(helpOf(name))} |`);
  return ['| flag | environment | what it does |', '|---|---|---|', ...rows].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
