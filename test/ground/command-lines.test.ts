/** The project's own programs say how they are used, and begin nothing that they were not asked for. */
import { spawnSync } from 'node:child_process';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ROOT } from '../../scripts/command.ts';
import { chosen, Misuse, noMore, numberAboveZero, pattern, runCommand, wholeNumber } from '../support/command-line.ts';

const program = (path: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, ['scripts/run.mjs', `../test/${path}`, ...args], { cwd: ROOT, encoding: 'utf8' });

describe.each([
  { path: 'sim/main', npm: 'npm run sim', wrong: ['--seeds', '0'] },
  { path: 'sim/planted-main', npm: 'npm run sim:planted', wrong: ['--minutes', 'long'] },
  { path: 'stories/main', npm: 'npm run story', wrong: ['validators', '--kills', 'x'] },
  { path: 'mutations/main', npm: 'npm run mutations', wrong: ['--only', '('] },
  { path: 'bench/bench', npm: 'npm run bench', wrong: ['latency', '--entries', '1.5'] },
])('$npm', { timeout: 60_000 }, ({ path, npm, wrong }) => {
  test('tells how it is used', () => {
    const { status, stdout, stderr } = program(path, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(npm);
  });

  test('refuses what it does not know, and values that are none, with the usage', () => {
    for (const args of [['--nonsense'], wrong]) {
      const { status, stdout, stderr } = program(path, ...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toContain(npm);
      expect(stderr).not.toMatch(/^ +at /m);
    }
  });
});

describe('a command', () => {
  const said = () => {
    const [out, error] = [vi.spyOn(console, 'log'), vi.spyOn(console, 'error')];
    for (const spy of [out, error]) {
      spy.mockImplementation(() => undefined);
      onTestFinished(() => spy.mockRestore());
    }
    return { out, error };
  };
  const command = (run: () => number) => ({ usage: 'USAGE', options: { seeds: { type: 'string', default: '1' } } as const, run });

  test('is run with what was read, and gives its exit code', async () => {
    expect(
      await runCommand(
        ['--seeds', '7'],
        command(() => 5),
      ),
    ).toBe(5);
  });

  test('is not run for --help, nor with an option that it lacks or one without its value', async () => {
    const { out, error } = said();
    const run = vi.fn(() => 0);
    expect(await runCommand(['--seeds', '7', '--help'], command(run))).toBe(0);
    expect(out).toHaveBeenCalledWith('USAGE');
    for (const args of [['--seed', '7'], ['--seeds']]) expect(await runCommand(args, command(run))).toBe(2);
    expect(error).toHaveBeenCalledTimes(2);
    expect(run).not.toHaveBeenCalled();
  });

  test('lets a mistake of its own be seen as one', async () => {
    const broken = () => {
      throw new Error('broken');
    };
    await expect(runCommand([], command(broken))).rejects.toThrow('broken');
  });
});

test('values are taken as they are meant, or refused', () => {
  expect([wholeNumber('--n', '7'), wholeNumber('--n', '0', 0), numberAboveZero('--n', '0.5')]).toEqual([7, 0, 0.5]);
  for (const text of ['', ' ', 'x', '0', '-1', '1.5', '1e3', '9007199254740993']) expect(() => wholeNumber('--n', text)).toThrow(Misuse);
  for (const text of ['', ' ', 'x', '0', '-1', 'Infinity', 'NaN']) expect(() => numberAboveZero('--n', text)).toThrow(Misuse);
  expect(pattern('--only', '^a').test('ab')).toBe(true);
  expect(() => pattern('--only', '(')).toThrow(Misuse);
  expect(chosen('A fruit', 'fig', { fig: 1 })).toEqual(['fig', 1]);
  for (const name of [undefined, 'toString']) expect(() => chosen('A fruit', name, { fig: 1 })).toThrow(Misuse);
  expect(() => noMore(['more'])).toThrow(Misuse);
});
