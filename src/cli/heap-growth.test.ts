import { expect, it } from 'vitest';
import { growthPercentOf, letSmallHeapGrow } from './heap-growth.ts';

const mebibyte = 1024 * 1024;

it('a small heap gets V8’s largest factor, and a large one is left to V8', () => {
  expect(growthPercentOf(15 * mebibyte)).toBe(300);
  expect(growthPercentOf(200 * mebibyte)).toBe(0);
});

it('the heap is looked at again and again', () => {
  const looks: (() => void)[] = [];
  const after = (_: number, run: () => void) => {
    looks.push(run);
    return { cancel: () => undefined };
  };
  letSmallHeapGrow({ after });
  looks[0]?.();
  expect(looks).toHaveLength(2);
});
