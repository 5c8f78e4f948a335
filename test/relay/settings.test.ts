import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readSettings, shownSettings } from '../../relay/src/cli/settings.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Settings as an operator writes them, with this file in the data folder. */
function settings({ flags = [], environment = {}, file }: { flags?: string[]; environment?: Record<string, string>; file?: unknown } = {}) {
  mkdirSync(folder, { recursive: true });
  if (file !== undefined) writeFileSync(join(folder, 'relay.json'), typeof file === 'string' ? file : JSON.stringify(file));
  return readSettings(['--data', folder, ...flags], environment);
}

describe('a setting', () => {
  test('is what the flag says, else the environment, else the file, else what it is by itself', () => {
    const environment = { LATCHKEY_HTTP_PORT: '2', LATCHKEY_HOST: '::1' };
    const file = { 'http-port': 3, host: '0.0.0.0', name: 'Harbour relay' };
    const { values, sources } = settings({ flags: ['--http-port', '1'], environment, file });
    expect(values).toMatchObject({ 'http-port': '1', host: '::1', name: 'Harbour relay', 'host-chains': 'open' });
    expect(sources).toMatchObject({ 'http-port': 'flag', host: 'environment', name: 'file', 'host-chains': 'default' });
  });

  test('of several values replaces all of a lower place, and is a list everywhere', () => {
    const file = { announce: ['/dns4/a.example/tcp/1/ws', '/dns4/b.example/tcp/1/ws'] };
    expect(settings({ file }).values.announce).toEqual(file.announce);
    expect(
      settings({ environment: { LATCHKEY_ANNOUNCE: '/dns4/c.example/tcp/1/ws  /dns4/d.example/tcp/1/ws' } }).values.announce,
    ).toHaveLength(2);
    expect(settings({ file, flags: ['--announce', '/dns4/e.example/tcp/1/ws'] }).values.announce).toEqual(['/dns4/e.example/tcp/1/ws']);
    expect(settings({ file: {} }).values.announce).toEqual([]);
  });

  test('that is a flag is yes or no everywhere', () => {
    expect(settings({ environment: { LATCHKEY_JSON: 'yes' } }).values.json).toBe(true);
    expect(settings({ environment: { LATCHKEY_JSON: '0' }, file: { json: true } }).values.json).toBe(false);
    expect(settings({ file: { json: true } }).values.json).toBe(true);
  });

  test('that says who may come in is not shown', () => {
    const shown = shownSettings(settings({ environment: { LATCHKEY_JOIN: 'https://a.example/#j=secret' } }));
    expect(JSON.stringify(shown)).not.toContain('#j=');
    expect(shown['join']).toEqual({ value: '(not shown)', from: 'environment' });
  });

  test('may stand in a file of any name, and the data folder in the environment', () => {
    const named = join(folder, 'elsewhere.json');
    writeFileSync(named, '{"name": "Named"}');
    expect(readSettings(['--config', named], {}).values.name).toBe('Named');
    writeFileSync(join(folder, 'relay.json'), '{"name": "Found"}');
    expect(readSettings([], { LATCHKEY_DATA: folder }).values.name).toBe('Found');
  });
});

describe('what is no setting is told', () => {
  test.each<[string, Parameters<typeof settings>[0], RegExp]>([
    ['a flag that is none', { flags: ['--prot', '1'] }, /Unknown option '--prot'.*--help/],
    ['a name in the file that is none', { file: { port: 8080 } }, /sets port, which is no setting/],
    ['a value of another kind in the file', { file: { host: ['a'] } }, /gives host another kind of value: write a text/],
    ['a file that is no JSON', { file: 'http-port: 8080' }, /is no object of JSON/],
    ['a flag of neither yes nor no', { environment: { LATCHKEY_JSON: 'perhaps' } }, /LATCHKEY_JSON=perhaps is neither yes nor no/],
    ['a file that is not there', { flags: ['--config', '/nowhere/relay.json'] }, /cannot be read/],
  ])('%s', (_, given, complaint) => {
    expect(() => settings(given)).toThrow(complaint);
  });
});
