// A disk that is full when the journal is written: what was asked for fails and leaves nothing behind, and when there is
// room again all goes on.

import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createSimulatedClock } from '../../kernel/simulated-clock.ts';
import type { Write } from '../journal/journal.ts';
import { fifo, newMessage, request, standard } from './bench.testing.ts';
import { createMessages } from './engine.ts';
import { type Commit, openLmdbStorage } from './lmdb-storage.ts';
import type { Messages } from './messages.ts';

let isFull = false;
let isLmdbFull = false;

/** As much as there is room for, and then nothing more. */
const write: Write = (descriptor, bytes, at, count, position) => {
  if (!isFull) return writeSync(descriptor, bytes, at, count, position);
  if (count > 20) return writeSync(descriptor, bytes, at, count - 20, position);
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};

/** LMDB has no room for more; the journal has, since it writes over what it had. */
const commit: Commit = (transaction) =>
  isLmdbFull ? Promise.reject(new Error('ENOSPC: no room in LMDB')) : transaction();

describe('messages on a full disk', () => {
  const clock = createSimulatedClock(Date.UTC(2026, 0, 1));
  let directory: string;
  let messages: Messages;

  const checkpoints = { largestTape: 20_000, mostChanges: 100_000, room: 20 };
  const open = () =>
    createMessages({
      storage: openLmdbStorage({ directory, durability: 'strict', write, commit, checkpoints }),
      clock,
    });
  const bodies = async () => (await messages.peek(standard, 10)).map(({ body }) => body);
  const whenFull = async (ask: () => Promise<unknown>) => {
    isFull = true;
    await expect(ask()).rejects.toThrow(/ENOSPC/);
    isFull = false;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'full-disk-'));
    messages = open();
  });
  afterEach(async () => {
    isFull = false;
    isLmdbFull = false;
    await messages.close();
    rmSync(directory, { recursive: true });
  });

  it('take a transaction back, and carry the next one out', async () => {
    await messages.send(standard, [newMessage('one')]);
    await whenFull(() => messages.send(standard, [newMessage('lost'), newMessage('lost too')]));
    expect(await bodies()).toEqual(['one']);
    await messages.send(standard, [newMessage('two')]);
    const { messages: received } = await messages.receive(standard, { ...request, most: 1 });
    await whenFull(() => messages.receive(standard, request));
    await whenFull(() => messages.remove(standard, received));
    expect(await messages.count(standard, 86_400_000)).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
    expect(await messages.remove(standard, received)).toEqual(['removed']);
    await messages.close();
    messages = open();
    expect(await bodies()).toEqual(['two']);
    expect(await messages.count(standard, 86_400_000)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  it('let nobody wait who was told that they failed', async () => {
    const signal = new AbortController().signal;
    isFull = true;
    const asked = [
      messages.receive(standard, request, { waitMs: 20_000, signal: () => signal }),
      messages.send(standard, [newMessage('late', { delayMs: 60_000 })]),
    ];
    for (const answer of asked) await expect(answer).rejects.toThrow(/ENOSPC/);
    isFull = false;
    await messages.send(standard, [newMessage('one')]);
    expect(await messages.count(standard, 86_400_000)).toEqual({ visible: 1, inFlight: 0, delayed: 0 });
  });

  it('go on when LMDB had no room for a while', async () => {
    const ref = (queue: number) => ({ id: `queue-${queue % 3}`, isFifo: false });
    const send = (n: number) => messages.send(ref(n), [newMessage(String(n).padStart(500, '0'))]);
    isLmdbFull = true;
    let kept = 0;
    let refusal: unknown;
    for (; kept < 1000 && !refusal; kept += refusal ? 0 : 1) await send(kept).catch((error) => (refusal = error));
    expect(refusal).toEqual(new Error('ENOSPC: no room in LMDB'));
    isLmdbFull = false;
    await vi.waitFor(() => send(kept));
    for (let n = 1; n < 100; n++) await send(kept + n);
    const all = async () => {
      const queues = await Promise.all([0, 1, 2].map((queue) => messages.peek(ref(queue), 1000)));
      return queues.flatMap((found) => found.map(({ body }) => Number(body))).sort((a, b) => a - b);
    };
    const expected = Array.from({ length: kept + 100 }, (_, n) => n);
    expect(await all()).toEqual(expected);
    await messages.close();
    messages = open();
    expect(await all()).toEqual(expected);
  });

  it('keep in the journal what LMDB does not take before the end', async () => {
    isLmdbFull = true;
    for (let n = 0; n < 50; n++) await messages.send(standard, [newMessage(String(n).padStart(500, '0'))]);
    await messages.close();
    messages = open();
    expect(await messages.count(standard, 86_400_000)).toEqual({ visible: 50, inFlight: 0, delayed: 0 });
  });

  it('do not take what could not be kept for a duplicate', async () => {
    const message = newMessage('once', { group: 'g', deduplicationId: 'd', deduplicationKey: 'd' });
    await whenFull(() => messages.send(fifo, [message]));
    await messages.send(fifo, [message]);
    expect((await messages.receive(fifo, request)).messages.map(({ body }) => body)).toEqual(['once']);
  });
});
