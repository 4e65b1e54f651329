// The tables in LMDB against those in memory: whatever is put, removed and taken back, while all of it is on its way into
// LMDB again and again, in steps that are too small for it.

import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { randomInteger, seededRandom } from '../../kernel/random.ts';
import { openLmdbStorage } from './lmdb-storage.ts';
import { createMemoryStorage } from './memory-storage.ts';
import type { MessageState, MessageStorage, StoredMessage } from './storage.ts';

const root = mkdtempSync(join(tmpdir(), 'storage-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const checkpoints = { largestTape: 100_000, mostChanges: 300, room: 400 };
const queueIds = ['a queue', 'another'] as const;
const base = Date.UTC(2026, 0, 1) * 1024;
const farthest = base * 2;

class Trial {
  readonly #random = seededRandom(Number(process.env['CLOUDLET_FUZZ_SEED'] ?? 1));
  readonly #directory = mkdtempSync(join(root, 'one-'));
  readonly #model = createMemoryStorage();
  #storage = this.#open(this.#directory);
  #end = base;

  /** Some changes in one transaction, of which one in ten is taken back. */
  change(): void {
    const changes = Array.from({ length: 1 + this.#below(3) }, () => this.#anyChange());
    const isTakenBack = this.#below(10) === 0;
    for (const storage of [this.#storage, this.#model]) {
      const run = () =>
        storage.transact(() => {
          for (const change of changes) change(storage);
          if (isTakenBack) throw new Error('taken back');
        });
      if (isTakenBack) expect(run).toThrow('taken back');
      else run();
    }
  }

  compare(): void {
    const queueId = this.#anyQueue();
    for (const name of ['messages', 'states'] as const) {
      const table = this.#storage.shelf(queueId)[name];
      const model = this.#model.shelf(queueId)[name];
      const [start, limit] = [this.#anyPosition(), this.#below(200)];
      expect(table.range(start, farthest, limit)).toEqual(model.range(start, farthest, limit));
      const end = this.#anyPosition();
      expect(table.keys(start, end, limit)).toEqual(model.keys(start, end, limit));
      for (const position of [...model.keys(start, farthest, 10), this.#anyPosition()])
        expect(table.get(position)).toEqual(model.get(position));
    }
  }

  async reopen(): Promise<void> {
    await this.#storage.close();
    this.#storage = this.#open(this.#directory);
    compareAll(this.#storage, this.#model);
  }

  /** What another process would find now. */
  async compareKilled(): Promise<void> {
    const copy = mkdtempSync(join(root, 'copy-'));
    cpSync(this.#directory, copy, { recursive: true });
    const storage = this.#open(copy);
    compareAll(storage, this.#model);
    await storage.close();
  }

  close(): Promise<void> {
    return this.#storage.close();
  }

  #open(directory: string): MessageStorage {
    return openLmdbStorage({ directory, durability: 'relaxed', checkpoints });
  }

  #below(count: number): number {
    return randomInteger(this.#random, count);
  }

  #anyQueue(): string {
    return queueIds[this.#below(10) < 8 ? 0 : 1];
  }

  #anyPosition(): number {
    return base + this.#below(this.#end - base + 1);
  }

  #anyChange(): (storage: MessageStorage) => void {
    const queueId = this.#anyQueue();
    const messages = (storage: MessageStorage) => storage.shelf(queueId).messages;
    const states = (storage: MessageStorage) => storage.shelf(queueId).states;
    const near = () => messages(this.#model).keys(this.#anyPosition(), farthest, 1 + this.#below(40));
    switch (this.#below(8)) {
      case 0: // a batch comes
      case 1:
      case 2: {
        const first = this.#end + 1 + this.#below(3);
        const sent = Array.from({ length: 10 }, () => this.#message());
        this.#end = first + 10;
        return (storage) => {
          for (const [i, message] of sent.entries()) messages(storage).insert(first + i, message);
        };
      }
      case 3: {
        // one comes from elsewhere, and may come over another
        const [position, message] = [this.#anyPosition(), this.#message()];
        return (storage) => messages(storage).put(position, message);
      }
      case 4: {
        // the oldest are removed
        const oldest = messages(this.#model).keys(0, farthest, this.#below(60));
        return (storage) => {
          for (const position of oldest) {
            messages(storage).remove(position);
            states(storage).remove(position);
          }
        };
      }
      case 5: {
        const [position] = near();
        return (storage) => messages(storage).remove(position ?? base);
      }
      default: {
        const [positions, state] = [near(), this.#state()];
        return (storage) => {
          for (const position of positions) states(storage).put(position, state);
        };
      }
    }
  }

  #message(): StoredMessage {
    const body = String(this.#below(1000)).repeat(this.#below(100) === 0 ? 4000 : this.#below(100));
    const unset = { traceHeader: undefined, group: undefined, deduplicationId: undefined, deadLetterSource: undefined };
    return { messageId: 'id', body, bodyMd5: 'md5', senderId: 'me', sentAtMs: 1, ...unset, attributes: undefined };
  }

  #state(): MessageState {
    return {
      visibleAtMs: this.#below(1e9),
      receiveCount: this.#below(300),
      firstReceivedAtMs: 1,
      receivedAtMs: 2,
      group: undefined,
    };
  }
}

function compareAll(storage: MessageStorage, model: MessageStorage): void {
  for (const queueId of queueIds)
    for (const name of ['messages', 'states'] as const)
      expect(storage.shelf(queueId)[name].range(0, farthest, 1e6)).toEqual(
        model.shelf(queueId)[name].range(0, farthest, 1e6),
      );
}

describe('tables in LMDB', () => {
  it('have what tables in memory have, at whatever moment of a checkpoint, and when they are opened again', async () => {
    const trial = new Trial();
    for (let i = 0; i < 3000; i++) {
      trial.change();
      if (i % 5 === 0) trial.compare();
      // A checkpoint goes on meanwhile.
      if (i % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
      if (i % 500 === 250) await trial.compareKilled();
      if (i % 500 === 499) await trial.reopen();
    }
    await trial.close();
  });
});
