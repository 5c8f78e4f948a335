import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { ROOT } from '../../scripts/command.ts';
import { chromiumPath, findChromium } from '../support/chromium.ts';

const node = (...options: readonly string[]) => spawnSync(process.execPath, options, { cwd: ROOT, encoding: 'utf8' });

describe('a script that is started under an old Node', () => {
  const OLD_NODE = "data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'20.19.4'}})";

  test('says so, and what to do, in one line', () => {
    const { status, stdout, stderr } = node('--import', OLD_NODE, 'scripts/run.mjs', 'check');
    expect(status).toBe(1);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([expect.stringMatching(/needs Node 24 or later.*npm start/)]);
  });
});

test('an unknown build is refused by name', () => {
  const { status, stderr } = node('scripts/run.mjs', 'build', 'everything');
  expect(status).toBe(1);
  expect(stderr).toContain('no build "everything": name any of site, library, relay');
});

describe('the count at the end', () => {
  const count = (report: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-totals-'));
    writeFileSync(join(folder, 'report.json'), report);
    const { status, stdout } = node('scripts/totals.mjs', join(folder, 'report.json'));
    rmSync(folder, { recursive: true });
    return { status, stdout };
  };
  const file = (status: string, ...tests: readonly string[]) => ({ status, assertionResults: tests.map((test) => ({ status: test })) });

  test('is that of the tests', () => {
    const report = { success: true, numPassedTests: 2, numFailedTests: 0, testResults: [file('passed', 'passed', 'passed')] };
    expect(count(JSON.stringify(report))).toEqual({ status: 0, stdout: '2 passed, 0 failed\n' });
  });

  test('has a failure for each failed test, and for each file that broke outside its tests', () => {
    const testResults = [file('failed', 'passed', 'failed'), file('failed')];
    const report = { success: false, numPassedTests: 1, numFailedTests: 1, testResults };
    expect(count(JSON.stringify(report))).toEqual({ status: 1, stdout: '1 passed, 2 failed\n' });
  });

  test('is not made up when there is no report', () => {
    expect(count('')).toEqual({ status: 1, stdout: '' });
  });
});

describe('the Chromium of the tests', () => {
  afterEach(() => void vi.unstubAllEnvs());

  test('is the one that CHROMIUM_PATH names', () => {
    vi.stubEnv('CHROMIUM_PATH', process.execPath);
    expect(chromiumPath()).toBe(process.execPath);
  });

  test('is never another one when that path is wrong', () => {
    vi.stubEnv('CHROMIUM_PATH', join(ROOT, 'no-such-chromium'));
    expect(findChromium()).toBeUndefined();
    expect(() => chromiumPath()).toThrow('CHROMIUM_PATH');
  });
});
