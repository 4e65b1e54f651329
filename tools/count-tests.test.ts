// The line that CI ends with must not claim more than the tests did.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { projectFolder } from '../tests/source-tree.ts';

const folder = mkdtempSync(join(tmpdir(), 'cloudlet-count-'));
afterAll(() => rmSync(folder, { recursive: true }));

function count(report: unknown, exitCode: string): { line: string; code: number } {
  const path = join(folder, 'results.json');
  if (report === undefined) rmSync(path, { force: true });
  else writeFileSync(path, JSON.stringify(report));
  try {
    const argv = [join(projectFolder, 'tools/count-tests.mjs'), path, exitCode];
    return { line: execFileSync('node', argv, { encoding: 'utf8' }).trim(), code: 0 };
  } catch (error) {
    const { stdout, status } = error as { stdout: string; status: number };
    return { line: stdout.trim(), code: status };
  }
}

const file = (status: string, ...statuses: string[]) => ({
  status,
  assertionResults: statuses.map((testStatus) => ({ status: testStatus })),
});

it('counts tests, and calls skipped whatever neither passed nor failed', () => {
  const report = { testResults: [file('passed', 'passed', 'passed', 'pending', 'todo'), file('passed', 'passed')] };
  expect(count(report, '0')).toEqual({ line: '3 passed, 0 failed, 2 skipped', code: 0 });
});

it('fails with the tests', () => {
  const report = { testResults: [file('failed', 'passed', 'failed')] };
  expect(count(report, '1')).toEqual({ line: '1 passed, 1 failed, 0 skipped', code: 1 });
});

it('counts a file that could not be loaded, an error outside of tests, and a run without results as failed', () => {
  expect(count({ testResults: [file('failed'), file('passed', 'passed')] }, '1').line).toBe(
    '1 passed, 1 failed, 0 skipped',
  );
  expect(count({ testResults: [file('passed', 'passed')] }, '1')).toEqual({
    line: '1 passed, 1 failed, 0 skipped',
    code: 1,
  });
  expect(count(undefined, '1')).toEqual({ line: '0 passed, 1 failed, 0 skipped', code: 1 });
  expect(count({ testResults: [] }, '0').code).toBe(1);
});
