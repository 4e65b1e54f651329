import { describe, expect, it } from 'vitest';
import { randomInteger, seededRandom } from '../../kernel/random.ts';
import { PositionMap } from './position-map.ts';

describe('a map of positions', () => {
  it('does what Map does, in order', () => {
    const random = seededRandom(1);
    const map = new PositionMap();
    const model = new Map<number, number>();
    const base = Date.UTC(2026, 0, 1) * 1024;
    for (let i = 0; i < 50_000; i++) {
      // It grows, and shrinks again.
      const isGrowing = i % 10_000 < 6_000;
      const position = base + randomInteger(random, 40) * 1024 + randomInteger(random, 100);
      if (randomInteger(random, 10) < (isGrowing ? 8 : 2)) {
        map.set(position, i);
        model.set(position, i);
      } else {
        map.delete(position);
        model.delete(position);
      }
      const other = base + randomInteger(random, 40) * 1024 + randomInteger(random, 100);
      if (map.get(other) !== model.get(other) || map.size !== model.size) expect.fail(`differs after ${i} steps`);
    }
    expect([...map.entries()]).toEqual([...model].sort(([a], [b]) => a - b));
    for (const position of model.keys()) map.delete(position);
    expect(map.size).toBe(0);
    expect([...map.entries()]).toEqual([]);
  });
});
