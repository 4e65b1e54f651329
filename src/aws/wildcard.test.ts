import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileWildcard } from './wildcard.ts';

describe('compileWildcard', () => {
  it.each([
    ['abc', ['abc'], ['ab', 'abcd', 'ABC', '']],
    ['', [''], ['a']],
    ['a*', ['a', 'ab', 'abc'], ['', 'b', 'ba']],
    ['*c', ['c', 'abc'], ['', 'cb']],
    ['a*c', ['ac', 'abc', 'accc'], ['a', 'c', 'acb']],
    ['*', ['', 'anything'], []],
    ['a?c', ['ac', 'abc'], ['a', 'abbc', 'c']],
    ['??', ['', 'a', 'ab'], ['abc']],
    ['a\\*', ['a*'], ['a', 'ab', 'a\\*']],
    ['a\\?c', ['a?c'], ['abc', 'ac']],
    ['a\\\\*', ['a\\', 'a\\b'], ['a', 'ab']],
    ['a\\', ['a\\'], ['a']],
    ['*a*b*', ['ab', 'xaybz', 'aab'], ['ba', 'a', 'b']],
    ['i-*.[x]', ['i-1.[x]'], ['i-1xx']],
  ])('%j', (pattern, matching, others) => {
    const isMatch = compileWildcard(pattern);
    expect(matching.filter((value) => !isMatch(value))).toEqual([]);
    expect(others.filter((value) => isMatch(value))).toEqual([]);
  });

  it('agrees with a regular expression', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\\'), maxLength: 8 });
    fc.assert(
      fc.property(text, text, (pattern, value) => {
        const source = pattern.replace(/\\(.)|\\$|[*?]/gs, (found, escaped?: string) => {
          if (found === '*') return '.*';
          if (found === '?') return '.?';
          return `\\${escaped ?? '\\'}`.replace(/\\([ab])/, '$1');
        });
        expect(compileWildcard(pattern)(value)).toBe(new RegExp(`^${source}$`, 's').test(value));
      }),
      { numRuns: 2000 },
    );
  });

  it('is quick with patterns that keep a backtracking matcher busy', () => {
    const isMatch = compileWildcard(`${'*a?'.repeat(40)}b`);
    const before = process.cpuUsage();
    expect(isMatch('a'.repeat(256))).toBe(false);
    expect(process.cpuUsage(before).user / 1000).toBeLessThan(1000);
  });
});
