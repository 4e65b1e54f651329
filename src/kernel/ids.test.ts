import { expect, test } from 'vitest';
import { newUuid, newUuids } from './ids.ts';
import { seededRandom } from './random.ts';

test('UUIDs that are made together are those that would be made one by one', () => {
  for (const count of [0, 1, 10, 16, 17, 40]) {
    const random = seededRandom(count);
    const expected = Array.from({ length: count }, () => newUuid(random));
    expect(newUuids(seededRandom(count), count)).toEqual(expected);
    for (const uuid of expected)
      expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
});
