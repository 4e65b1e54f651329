// The command's first file keeps what V8 compiled, and believes only what is whole and its own.

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { execute } from '../../tests/end-to-end/cloud-process.ts';
import { projectFolder } from '../../tests/source-tree.ts';
import { version } from '../local/version.ts';

const dist = join(projectFolder, 'dist');
let folder: string;

beforeAll(() => execute('node', [join(projectFolder, 'tools/build.mjs'), '--if-stale']));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloudlet-compiled-'));
  const first = readFileSync(join(dist, 'cloudlet.js'), 'utf8');
  const bundle = /main-\w+\.js/.exec(first)?.[0] ?? '';
  for (const name of ['cloudlet.js', 'package.json', bundle]) cpSync(join(dist, name), join(folder, name));
});
afterEach(() => rmSync(folder, { recursive: true }));

const sayVersion = async (...flags: readonly string[]): Promise<string> =>
  (await execute(process.execPath, [...flags, join(folder, 'cloudlet.js'), '--version'])).stdout.trim();

/** The file with what was compiled for short commands. */
function compiled(): string {
  const [name = 'none'] = readdirSync(folder).filter((entry) => entry.endsWith('.compiled'));
  return join(folder, name);
}

it('keeps what was compiled, and leaves it alone while it serves', async () => {
  expect(await sayVersion()).toBe(version);
  const { ino, size } = statSync(compiled());
  expect(size).toBeGreaterThan(100_000);
  expect(await sayVersion()).toBe(version);
  expect(statSync(compiled()).ino).toBe(ino);
});

it('makes anew what was damaged, cut off, or compiled with other flags', async () => {
  await sayVersion();
  const whole = readFileSync(compiled());
  for (const damage of [cut, zeroed, empty]) {
    writeFileSync(compiled(), damage(whole));
    const { ino } = statSync(compiled());
    expect(await sayVersion()).toBe(version);
    expect(statSync(compiled()).ino).not.toBe(ino);
    expect(statSync(compiled()).size).toBeGreaterThan(100_000);
  }
  const { ino } = statSync(compiled());
  expect(await sayVersion('--no-opt')).toBe(version);
  expect(statSync(compiled()).ino).not.toBe(ino);
});

it('does without when source maps are asked for', async () => {
  expect(await sayVersion('--enable-source-maps')).toBe(version);
  expect(readdirSync(folder).filter((entry) => entry.includes('.compiled'))).toEqual([]);
});

const cut = (bytes: Buffer): Buffer => bytes.subarray(0, bytes.length / 2);
const zeroed = (bytes: Buffer): Buffer => Buffer.from(bytes).fill(0, bytes.length / 2, bytes.length / 2 + 4096);
const empty = (): Buffer => Buffer.alloc(0);
