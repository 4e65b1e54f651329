// Who may have the data directory, and when a lock that is still there means nothing any more.

import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireCloudLock, DataDirectoryInUse, findHolder, isAlive, isProcess } from './cloud-lock.ts';

const facts = { startedAtMs: 1_000, version: '1.2.3', cloudId: 'abc' };

describe('the lock of a data directory', () => {
  let directory: string;
  const path = () => join(directory, 'cloudlet.lock');
  const readLock = () => JSON.parse(readFileSync(path(), 'utf8')) as Record<string, unknown>;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'cloudlet-lock-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  it('is one process’s until it is released, and says where its cloud is', () => {
    const lock = acquireCloudLock(directory, facts);
    lock.update({ endpoint: 'http://localhost:1', address: 'http://127.0.0.1:1' });
    expect(findHolder(directory)).toMatchObject({ ...facts, pid: process.pid, endpoint: 'http://localhost:1' });
    expect(() => acquireCloudLock(directory, facts)).toThrow(DataDirectoryInUse);
    expect(() => acquireCloudLock(directory, facts)).toThrow(`at http://localhost:1 (process ${process.pid})`);
    lock.release();
    expect(findHolder(directory)).toBeUndefined();
    expect(readdirSync(directory)).toEqual([]);
    acquireCloudLock(directory, facts).release();
  });

  it('is nobody’s when its process has ended', async () => {
    acquireCloudLock(directory, facts);
    const child = spawn('true');
    await new Promise((resolve) => child.once('close', resolve));
    writeFileSync(path(), JSON.stringify({ ...readLock(), pid: child.pid }));
    expect(findHolder(directory)).toBeUndefined();
    acquireCloudLock(directory, facts);
    expect(readLock()['pid']).toBe(process.pid);
  });

  it('is nobody’s when its process id belongs to a process that started at another time', () => {
    acquireCloudLock(directory, facts);
    writeFileSync(path(), JSON.stringify({ ...readLock(), processStart: 'of an earlier boot' }));
    expect(findHolder(directory)).toBeUndefined();
    acquireCloudLock(directory, facts).release();
  });

  it('is nobody’s when nobody can read it', () => {
    writeFileSync(path(), '{"pid":');
    expect(findHolder(directory)).toBeUndefined();
    acquireCloudLock(directory, facts).release();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('is not released by somebody who does not hold it', () => {
    const lock = acquireCloudLock(directory, facts);
    const other = { ...readLock(), pid: 1 };
    writeFileSync(path(), JSON.stringify(other));
    lock.release();
    expect(readLock()['pid']).toBe(1);
  });
});

describe('isAlive', () => {
  it('takes a process that has ended and not been reaped for dead', async () => {
    // A parent that never waits for its child.
    const script = '$| = 1; my $child = fork; if ($child) { print $child; sleep 60 }';
    const parent = spawn('perl', ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      const zombie = Number(await new Promise<Buffer>((resolve) => parent.stdout.once('data', resolve)));
      await expect.poll(() => readFileSync(`/proc/${zombie}/stat`, 'utf8')).toContain(') Z ');
      expect(isProcess(zombie)).toBe(false);
      expect(isProcess(parent.pid as number)).toBe(true);
      expect(isAlive({ pid: zombie, processStart: '' })).toBe(false);
    } finally {
      parent.kill('SIGKILL');
    }
  });
});
