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
    const sorted = [...model].sort(([a], [b]) => a - b);
    expect([...map.sortedKeys()].map((position) => [position, map.get(position)])).toEqual(sorted);
    const seen = new Map<number, number>();
    map.forEach((value, position) => void seen.set(position, value));
    expect([...seen].sort(([a], [b]) => a - b)).toEqual(sorted);
    for (const position of model.keys()) map.delete(position);
    expect(map.size).toBe(0);
    expect([...map.sortedKeys()]).toEqual([]);
  });

  it.each([
    ['one next to the other', 1],
    ['minutes apart', 1024 * 60_000],
    ['as far apart as positions can be', Number.MAX_SAFE_INTEGER / 1000],
  ])('sorts positions that are %s', (_, distance) => {
    const random = seededRandom(2);
    const positions = Array.from({ length: 1000 }, (__, i) => Math.floor(i * distance));
    const map = new PositionMap();
    const left = [...positions];
    while (left.length > 0) map.set(left.splice(randomInteger(random, left.length), 1)[0] as number, 0);
    expect([...map.sortedKeys()]).toEqual(positions);
  });
});
