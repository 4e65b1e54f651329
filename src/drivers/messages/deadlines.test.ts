// Deadlines come in their order, also after those that do not hold were forgotten; and a queue does not keep those of
// messages that are long gone.

import { describe, expect, it } from 'vitest';
import { Deadlines } from './deadlines.ts';
import { QueueMemory } from './queue-memory.ts';

describe('deadlines', () => {
  it('come in their order when some were forgotten', () => {
    const deadlines = new Deadlines();
    for (let i = 0; i < 1000; i++) deadlines.push((i * 7919) % 1000, i);
    deadlines.keepOnly((atMs) => atMs % 3 === 0);
    expect(deadlines.size).toBe(334);
    const seen: number[] = [];
    while (deadlines.size > 0) {
      seen.push(deadlines.nextMs);
      deadlines.pop();
    }
    expect(seen).toEqual(Array.from({ length: 334 }, (_, i) => i * 3));
  });

  it('are forgotten with their messages', () => {
    const memory = new QueueMemory(false);
    const state = { visibleAtMs: 3600_000, receiveCount: 1, firstReceivedAtMs: 0, receivedAtMs: 0, group: undefined };
    for (let position = 0; position < 10_000; position++) {
      memory.hide(position, state, 0);
      memory.drop(position);
    }
    memory.hide(10_000, state, 0);
    expect(memory.knownDeadlines).toBeLessThan(2000);
    memory.settle(3600_000);
    expect(memory.take(10)).toEqual([10_000]);
  });
});
