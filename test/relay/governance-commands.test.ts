/** A chain governed by commands: each asks a relay in a process of its own and prints what came of it. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RelayProcess, runRelay, startRelayProcess } from '../support/relay-process.ts';

let folder: string;
let relay: RelayProcess;
const data = () => ['--data', join(folder, 'data')];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'latchkey-'));
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html><title>Latchkey</title>');
  relay = await startRelayProcess(...data(), '--site', join(folder, 'site'), '--http-port', '0', '--p2p-port', '0', '--chain', 'Club');
});
afterAll(async () => {
  await relay?.stop('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

/** What a command prints; it must end well. */
async function said(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runRelay(...args, ...data());
  expect([code, stderr]).toEqual([0, '']);
  return stdout.trim();
}

/** Files of the relay's data folder that hold a text. */
function filesWith(text: string): readonly string[] {
  const files = readdirSync(join(folder, 'data'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name)).filter((path) => readFileSync(path).includes(text));
}

async function json(...args: readonly string[]) {
  return JSON.parse(await said(...args, '--json'));
}

async function complaint(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await runRelay(...args, ...data());
  expect([code, stdout]).toEqual([1, '']);
  return stderr.trim();
}

describe('a relay that founded a chain alone', { timeout: 60_000 }, () => {
  test('shows who is here, why, and by which rules', async () => {
    expect(await said('members')).toMatch(/^[0-9a-f]{12} {2}since \d{4}-\d\d-\d\d {2}Relay \(this node\): federation, validator$/);
    expect(await json('members', '--why', 'Relay')).toMatchObject({ name: 'Relay', how: 'founder', decisions: [] });
    expect(await said('rules')).toMatch(/^Observer {2,}Takes an invitation\./);
    expect((await json('rules')).rules.knocks).toBe(false);
    expect(await said('requests')).toBe('Nobody asks anything of Club.');
    expect(await said('proposals')).toBe('Nothing is proposed on Club.');
  });

  test('changes the rules by a proposal, which the only federation member needs no others for', async () => {
    const made = await json('propose', 'rules', '--knocks', 'on', '--role', 'writer=invitation+approvals:1', '--reason', 'We grow');
    expect(made).toMatchObject({ final: true, status: 'approved', approvals: 1, needed: 1 });
    const { rules } = await json('rules');
    expect(rules.knocks).toBe(true);
    expect(rules.roles.find(({ role }: { role: string }) => role === 'writer').rule.type).toBe('allOf');
    expect(await said('proposals')).toMatch(
      /^[0-9a-f]{12} {2}approved {3}Relay proposes to change the rules\n {4}because: We grow\n {4}Relay approved at /,
    );
  });

  test('sets every part of the rules by options, and either of two ways in', async () => {
    const edit = [
      '--limit',
      'suspension=14d',
      '--limit',
      'requests=30d',
      '--inviters',
      'writer=writer,federation',
      '--body-bytes',
      '20000',
    ];
    const ways = ['--role', 'relay=invitation|approvals:1', '--operator-facts', 'relay=region,bandwidth', '--cap', 'relay=7'];
    expect(await json('propose', 'rules', ...edit, ...ways)).toMatchObject({ status: 'approved' });
    const { rules } = await json('rules');
    expect(rules.limits).toMatchObject({ suspensionMs: 14 * 86_400_000, requestLifetimeMs: 30 * 86_400_000, bodyBytes: 20_000 });
    const of = (name: string) => rules.roles.find(({ role }: { role: string }) => role === name);
    expect(of('relay')).toMatchObject({ rule: { type: 'anyOf' }, cap: 7, operatorMask: 6 });
    expect(of('writer').inviters).toBe(12);
    await json('propose', 'rules', '--role', 'relay=invitation', '--operator-facts', 'relay=none');
  });

  test('asks for a role that the rules let it have by its own approval', async () => {
    await json('propose', 'rules', '--role', 'gateway=approvals:1');
    const asked = await json('request-role', 'gateway');
    expect(asked).toMatchObject({ final: true, status: 'pending', approvals: 0, needed: 1 });
    expect(await said('requests')).toMatch(/^[0-9a-f]{12} {2}0 of 1 {5}Relay asks for the role gateway$/);
    expect(await said('approve', asked.id.slice(0, 12), '--reason', 'Needed')).toBe(`Approved. ${asked.id.slice(0, 12)} is approved.`);
    expect(await said('members')).toContain('gateway');
  });

  test('takes the rules of a template, and says by hand what a validator says by itself', async () => {
    expect(await json('propose', 'template', 'members-approve', '1')).toMatchObject({ status: 'approved' });
    expect(await said('rules')).toContain('Takes the approval of 1 federation member');
    expect(await json('propose', 'network-key')).toMatchObject({ status: 'approved' });
    expect(await said('rules')).toContain('Set: machines answer only those who know it.');
    expect(await said('ready')).toBe('Ready.');
    expect(await said('register')).toBe('Registered.');
  });

  test('writes, reads, and shows its devices and its recovery phrase', async () => {
    expect(await said('write', 'Dues are due.')).toMatch(/^[0-9a-f]{12} is final\.$/);
    expect(await said('entries')).toMatch(/^\S+Z {2}Relay: Dues are due\.$/);
    const [, id = ''] = /^([0-9a-f]{12}) {2}\S+Z {2}Relay: Dues are due\.$/.exec(await said('entries', '--ids')) ?? [];
    expect(filesWith('Dues are due.')).not.toEqual([]);
    expect(await said('erase', id)).toBe('Erased.');
    // From the disk too, the write-ahead log among it, while the relay runs.
    expect(filesWith('Dues are due.')).toEqual([]);
    expect(await said('entries')).toMatch(/^\S+Z {2}Relay: \(erased by Relay, \S+Z\)$/);
    expect((await json('entries')).entries).toMatchObject([{ text: null, erased: { by: 'author', name: 'Relay', reason: null } }]);
    expect(await complaint('erase', id)).toMatch(/^already-erased: /);
    expect(await said('devices')).toMatch(/^[0-9a-f]{8} {2}since \S+ \(this node\): federation, validator, gateway$/);
    expect((await said('phrase')).split(' ')).toHaveLength(12);
    expect(await said('phrase', '--confirm')).toBe('The words have left this machine.');
    expect(await said('phrase')).toBe('No words are here: they were confirmed, or there is no chain yet.');
  });

  test.each([
    [['approve', 'abcdef'], /^There is no request or proposal abcdef here/],
    [['reject', 'abcdef'], /^A rejection says why/],
    [['propose', 'dance'], /^There is no change dance: choose one of grant/],
    [['propose', 'grant', 'Nobody', 'relay'], /^There is no member Nobody here/],
    [['propose', 'grant', 'Relay', 'king'], /^There is no role king/],
    [['propose', 'grant', 'Relay'], /^Say all of it: latchkey-relay propose grant MEMBER ROLE\.$/],
    [['propose', 'remove'], /^Say whom/],
    [['propose', 'rules'], /^Say what is to be other/],
    [['propose', 'rules', '--limit', 'siesta=2h'], /^There is no limit siesta: choose one of requests, suspension/],
    [['propose', 'rules', '--limit', 'suspension=soon'], /^--limit soon is no length of time/],
    [['propose', 'rules', '--operator-facts', 'relay=shoes'], /^There is no operator fact shoes: choose of operator, region/],
    [['propose', 'rules', '--role', 'relay=invitation+token'], /^rules-unsatisfiable: nobody could become relay/],
    [['propose', 'rules', '--role', 'writer=sometimes'], /^sometimes is no rule: write never, invitation/],
    [['propose', 'remove', 'Relay'], /^last-(federation|validator):/],
    [['erase', 'abc'], /^Give at least 8 characters/],
    [['erase', 'abcdef123456'], /^There is no final entry abcdef123456 here/],
    [['members', '--why', 'Nobody'], /^There is no member Nobody here/],
    [['rules', '--chain', 'Elsewhere'], /^There is no chain Elsewhere here/],
  ])('%j is refused in a sentence', async (args, sentence) => {
    expect(await complaint(...args)).toMatch(sentence);
  });
});

describe('a program', { timeout: 60_000 }, () => {
  test.each([
    [['approve', 'abcdef'], 'command', /^There is no request or proposal abcdef here/],
    [['propose', 'remove', 'Relay'], 'last-validator', /^last-validator: /],
    [['entries', '--limit', '20000'], 'too-large', /at the most\.$/],
    [['entries', '--limits', '2'], 'command', /--help\.$/],
    [['status', '--data', '/nowhere'], 'no-relay', /^No relay is running/],
  ])('has the refusal of %j as one object, with its code', async (args, code, message) => {
    const at = args.includes('--data') ? [] : data();
    const { code: exit, stdout, stderr } = await runRelay(...args, '--json', ...at);
    expect([exit, stderr, stdout.trim().includes('\n')]).toEqual([1, '', false]);
    expect(JSON.parse(stdout)).toEqual({ error: { code, message: expect.stringMatching(message) } });
  });

  test('reads more entries than once fitted an answer', async () => {
    const long = 'x'.repeat(18_000);
    for (const i of [1, 2, 3, 4]) await said('write', `${i} ${long}`);
    const { entries } = await json('entries', '--limit', '4');
    expect(entries.map(({ text }: { text: string }) => text.slice(0, 3))).toEqual(['1 x', '2 x', '3 x', '4 x']);
  });
});

describe('a member’s node', { timeout: 60_000 }, () => {
  const nodes: RelayProcess[] = [];
  afterAll(() => Promise.all(nodes.map((node) => node.stop('SIGKILL'))));

  async function startNode(name: string, link: string): Promise<readonly string[]> {
    const at = ['--data', join(folder, name)];
    nodes.push(await startRelayProcess(...at, '--name', name, '--join', link));
    return at;
  }

  /** What a node's status says, once it says so. */
  async function status(at: readonly string[], holds: (answer: Status) => boolean): Promise<Status> {
    for (;;) {
      const answer: Status = JSON.parse((await runRelay('status', '--json', ...at)).stdout);
      if (holds(answer)) return answer;
    }
  }

  test('joins by a link, waits for approval in sight of its operator, and one more device enters by its link', async () => {
    await json('propose', 'rules', '--role', 'writer=invitation+approvals:1');
    const { url } = await json('invite', 'Club', '--uses', '1');
    const nora = await startNode('Nora', url);
    const waiting = await status(nora, ({ joining }) => joining[0]?.needed === 1);
    expect([waiting.chains, waiting.joining[0]?.approvals]).toEqual([[], 0]);
    const { requests } = await json('requests');
    await said('approve', requests.find(({ name }: { name: string }) => name === 'Nora').id);
    await status(nora, ({ chains }) => chains.length === 1);
    const link = JSON.parse((await runRelay('link-device', '--json', ...nora)).stdout);
    expect(link.url).toContain('#d=');
    const tablet = await startNode('Tablet', link.url);
    await status(tablet, ({ chains }) => chains.length === 1);
    const { devices } = JSON.parse((await runRelay('devices', '--json', ...tablet)).stdout);
    expect(devices.map(({ thisOne }: { thisOne: boolean }) => thisOne)).toEqual([false, true]);
  });
});

interface Status {
  readonly chains: readonly unknown[];
  readonly joining: readonly { readonly approvals: number; readonly needed: number | null }[];
}
