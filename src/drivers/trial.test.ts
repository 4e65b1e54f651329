// What is remembered of a trial, and what makes it count no more.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { forgetTrials, refusalOf } from './trial.ts';

let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'cloudlet-trials-'));
  directory = join(root, 'trials');
});
afterEach(() => rmSync(root, { recursive: true }));

/** Counts its runs, and says no while there is a file called `no`. */
const script = 'echo run >>runs; [ ! -e no ] || { echo not here >&2; exit 1; }';
const tryIt = () =>
  refusalOf({ name: 'it', argv: ['sh', '-c', `cd '${root}'; ${script}`], commands: ['sh'] }, directory);
const runs = (): number => readFileSync(join(root, 'runs'), 'utf8').split('\n').length - 1;

describe.runIf(process.platform === 'linux')('a trial', () => {
  it('that went well is not repeated', async () => {
    expect([await tryIt(), await tryIt(), runs()]).toEqual([undefined, undefined, 1]);
  });

  it('that was refused is', async () => {
    writeFileSync(join(root, 'no'), '');
    expect([await tryIt(), await tryIt(), runs()]).toEqual(['not here', 'not here', 2]);
  });

  it('is repeated when it is another, when the host was booted since, and when it is to be', async () => {
    await tryIt();
    const memory = join(directory, 'it');
    const bootId = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    writeFileSync(memory, readFileSync(memory, 'utf8').replace(bootId, 'earlier'));
    await tryIt();
    expect(runs()).toBe(2);
    const other = { name: 'it', argv: ['sh', '-c', `cd '${root}'; ${script}; true`], commands: ['sh'] };
    await refusalOf(other, directory);
    expect(runs()).toBe(3);
    forgetTrials(directory);
    await refusalOf(other, directory);
    expect(runs()).toBe(4);
  });

  it('is had without a place for memories', async () => {
    writeFileSync(directory, 'a file');
    expect([await tryIt(), runs()]).toEqual([undefined, 1]);
  });
});
