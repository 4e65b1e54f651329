// A disk that is full when the journal is written: what was asked for fails and leaves nothing behind, and when there is
// room again all goes on.

import { mkdtempSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../../kernel/simulated-clock.ts';
import type { Write } from '../journal/journal.ts';
import { createMessages } from './engine.ts';
import { openLmdbStorage } from './lmdb-storage.ts';
import { fifo, newMessage, request, standard } from './messages.contract.ts';
import type { Messages } from './messages.ts';

let isFull = false;

/** As much as there is room for, and then nothing more. */
const write: Write = (descriptor, bytes, at, count, position) => {
  if (!isFull) return writeSync(descriptor, bytes, at, count, position);
  if (count > 20) return writeSync(descriptor, bytes, at, count - 20, position);
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
};

describe('messages on a full disk', () => {
  const clock = createSimulatedClock(Date.UTC(2026, 0, 1));
  let directory: string;
  let messages: Messages;

  const open = () => createMessages({ storage: openLmdbStorage({ directory, durability: 'strict', write }), clock });
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

  it('do not take what could not be kept for a duplicate', async () => {
    const message = newMessage('once', { group: 'g', deduplicationId: 'd', deduplicationKey: 'd' });
    await whenFull(() => messages.send(fifo, [message]));
    await messages.send(fifo, [message]);
    expect((await messages.receive(fifo, request)).messages.map(({ body }) => body)).toEqual(['once']);
  });
});
