// Java's patterns in JavaScript: all of AWS's can be had, match what they should, and none can be made to take long.

import vm from 'node:vm';
import { expect, test } from 'vitest';
import { services } from '../../generated/index.ts';
import { loadServiceModel, type OperationModel, type Shape } from '../model.ts';
import { longestPatterned } from './constraints.ts';
import { javaPattern } from './java-pattern.ts';

test('the whole value must match', () => {
  expect(javaPattern('[a-z]+').test('abc')).toBe(true);
  expect(javaPattern('[a-z]+').test('abc1')).toBe(false);
  expect(javaPattern('a|b').test('ab')).toBe(false);
  expect(javaPattern('^[a-z]+$').test('abc\n')).toBe(false);
});

test.each<[string, string, string]>([
  ['\\p{Print}+', 'a b~', 'é'],
  ['[\\w-_]*', 'a-b_', 'a b'],
  ['^(?! )[\\p{L}\\p{N}\\p{Z}-_]*(?<! )$', 'é-1 x', ' x'],
  ['[A-Za-z0-9_\\-\\ ]+', 'a b-c', 'a.b'],
  ["[0-9A-Za-z!\\-_.*\\'()]+", "a'b-", 'a/b'],
  ['(?i)all|[0-9]{12}', 'ALL', 'none'],
  ['(?s)a.*', 'a\nb', 'ba'],
  ['[\\u0020-\\uD7FF\\uE000-\\uFFFD\\uD800\\uDC00-\\uDBFF\\uDFFF\\r\\n\\t]*', 'a😀é\n', '\u0001'],
  ['arn:aws.*:.+:.*:.*:.+', 'arn:aws:a:b:c:d', 'arn:aws:a:b'],
  ['^[a-z0-9*](?:[._\\-/a-z0-9*]?[a-z0-9*]+)*$', 'prod/*', 'prod//x'],
])('%s', (pattern, good, bad) => {
  expect(javaPattern(pattern).test(good)).toBe(true);
  expect(javaPattern(pattern).test(bad)).toBe(false);
});

const patterns = patternsOfInputs();

test(`all ${patterns.size} patterns of inputs can be compiled, and none takes long on text made to slow it`, () => {
  const seeds = ['a', 'A', '0', '-', '/', ':', ' ', 'a-', 'a.', 'a/', 'a:b', '=', 'a=b,', '*.a', 'arn:aws:', '\n'];
  const slow: string[] = [];
  for (const [pattern, longest] of patterns) {
    const attacks = seeds.flatMap((seed) =>
      ['', 'arn:aws:iam::123456789012:role/'].map(
        (start) => `${(start + seed.repeat(longest)).slice(0, longest - 1)}\u2028`,
      ),
    );
    const context = vm.createContext({ expression: javaPattern(pattern), attacks });
    try {
      vm.runInContext('for (const text of attacks) expression.test(text)', context, { timeout: 20_000 });
    } catch {
      slow.push(pattern);
    }
  }
  expect(slow).toEqual([]);
});

/** With the longest value that each is tried on. */
function patternsOfInputs(): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  const seen = new Set<Shape>();
  const visit = (shape: Shape): void => {
    if (seen.has(shape)) return;
    seen.add(shape);
    if (shape.type === 'string' && shape.pattern !== undefined)
      found.set(shape.pattern, Math.max(found.get(shape.pattern) ?? 0, longestPatterned(shape)));
    if (shape.type === 'list') visit(shape.element.shape);
    if (shape.type === 'map') for (const part of [shape.key, shape.value]) visit(part.shape);
    if (shape.type === 'structure') for (const member of shape.members) visit(member.shape);
  };
  for (const { id } of services) {
    const model = loadServiceModel(id);
    for (const name of model.operationNames) visit((model.operation(name) as OperationModel).input);
  }
  return found;
}
