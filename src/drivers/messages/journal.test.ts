import { cpSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createSimulatedClock } from '../../kernel/simulated-clock.ts';
import { ByteWriter } from '../journal/bytes.ts';
import { Journal, readJournal } from '../journal/journal.ts';
import { beginFrame, endFrame } from '../journal/journal-frames.ts';
import { newMessage, request, standard } from './bench.testing.ts';
import { openLmdbMessages } from './lmdb-messages.ts';
import { fileHead } from './lmdb-storage.ts';
import type { Messages } from './messages.ts';

const root = mkdtempSync(join(tmpdir(), 'journal-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(root, 'one-'));
});

function frameOf(number: number): Buffer {
  const tape = new ByteWriter();
  const start = beginFrame(tape);
  tape.raw(Buffer.from(`transaction ${number}`));
  return endFrame(tape, start, number);
}
const numbersAfter = (number: number) => [...readJournal(directory, fileHead, number)].map((frame) => frame.number);

describe('a journal', () => {
  const open = () => new Journal({ directory, fileHead, isDurable: true });
  const append = (journal: Journal, from: number, to: number) => {
    for (let number = from; number <= to; number++) journal.append(frameOf(number));
  };

  it('tells what was appended, across its files, and nothing that came before', async () => {
    const journal = open();
    append(journal, 1, 3);
    journal.rotate();
    append(journal, 4, 5);
    expect(numbersAfter(0)).toEqual([1, 2, 3, 4, 5]);
    expect(numbersAfter(3)).toEqual([4, 5]);
    journal.rotate();
    append(journal, 6, 6);
    expect(numbersAfter(3)).toEqual([4, 5, 6]);
    expect(Buffer.from([...readJournal(directory, fileHead, 5)][0]?.payload ?? []).toString()).toBe('transaction 6');
    await journal.close();
  });

  it('ends where a frame is not whole', async () => {
    const journal = open();
    append(journal, 1, 3);
    await journal.close();
    const path = join(directory, 'journal-0');
    const bytes = readFileSync(path);
    const end = fileHead.length + [1, 2, 3].reduce((sum, number) => sum + frameOf(number).length, 0);
    truncateSync(path, end - 1);
    expect(numbersAfter(0)).toEqual([1, 2]);
    bytes[end - 1] = 0;
    writeFileSync(path, bytes);
    expect(numbersAfter(0)).toEqual([1, 2]);
  });

  it('counts nothing of the newer file without the end of the older one', async () => {
    const journal = open();
    append(journal, 1, 3);
    await journal.close();
    writeFileSync(join(directory, 'journal-1'), Buffer.concat([fileHead, frameOf(5)]));
    expect(numbersAfter(0)).toEqual([1, 2, 3]);
  });

  it('is refused in another format, and empty when a host went down while it was made', () => {
    const path = join(directory, 'journal-0');
    writeFileSync(path, Buffer.concat([fileHead, frameOf(1)]));
    expect(numbersAfter(0)).toEqual([1]);
    writeFileSync(path, Buffer.alloc(4096));
    expect(numbersAfter(0)).toEqual([]);
    writeFileSync(path, frameOf(1));
    expect(() => numbersAfter(0)).toThrow(/journal-0/);
  });
});

describe('messages after a kill', () => {
  const clock = createSimulatedClock(Date.UTC(2026, 0, 1));
  const open = () => openLmdbMessages({ directory, durability: 'strict', clock });
  /** What is on the disk now, opened by another process. */
  const killedCopy = (): Messages => {
    const copy = mkdtempSync(join(root, 'copy-'));
    cpSync(directory, copy, { recursive: true });
    return openLmdbMessages({ directory: copy, durability: 'strict', clock });
  };

  it('are all there that were acknowledged, and none that was removed', async () => {
    const messages = open();
    await messages.send(standard, [newMessage('one'), newMessage('two'), newMessage('three')]);
    const { messages: received } = await messages.receive(standard, { ...request, most: 2 });
    await messages.remove(standard, received.slice(0, 1));
    const copy = killedCopy();
    expect(await copy.count(standard, 86_400_000)).toEqual({ visible: 1, inFlight: 1, delayed: 0 });
    expect((await copy.peek(standard, 10)).map(({ body, receiveCount }) => [body, receiveCount])).toEqual([
      ['two', 1],
      ['three', 0],
    ]);
    await copy.close();
    await messages.close();
  });

  it('are all there at whatever moment the journal is brought into LMDB', async () => {
    const messages = open();
    const text = 'x'.repeat(10_000);
    let sent = 0;
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 20; i++) {
        await messages.send(
          standard,
          Array.from({ length: 20 }, () => newMessage(text)),
        );
        sent += 20;
      }
      const copy = killedCopy();
      expect((await copy.count(standard, 86_400_000)).visible).toBe(sent);
      expect(await copy.peek(standard, 10_000)).toHaveLength(sent);
      await copy.close();
    }
    await messages.close();
  });
});
