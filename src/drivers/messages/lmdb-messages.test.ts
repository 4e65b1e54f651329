import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openLmdbMessages } from './lmdb-messages.ts';
import { createMemoryMessages } from './memory-messages.ts';
import { describeMessages } from './messages.contract.ts';

const directory = mkdtempSync(join(tmpdir(), 'messages-'));
let opened = 0;

afterAll(() => rmSync(directory, { recursive: true, force: true }));

for (const durability of ['strict', 'relaxed'] as const)
  describeMessages(`messages in LMDB, durability ${durability}`, (clock) => {
    opened += 1;
    const options = { directory: join(directory, String(opened)), durability, clock };
    const messages = openLmdbMessages(options);
    return {
      messages,
      async reopen() {
        await messages.close();
        return openLmdbMessages(options);
      },
    };
  });

describeMessages('messages in memory', (clock) => ({ messages: createMemoryMessages(clock) }));
