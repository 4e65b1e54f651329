// Form-encoded text as browsers, SDKs and hands write it.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AwsError } from '../errors.ts';
import { decodeFormText, formField, parseForm, parseFormTree } from './form.ts';

test('pairs', () => {
  expect(parseForm('a=1&b=x%20y+z&&c&d=&=e&a=2=3')).toEqual([
    ['a', '1'],
    ['b', 'x y z'],
    ['c', ''],
    ['d', ''],
    ['', 'e'],
    ['a', '2=3'],
  ]);
  expect(parseForm('')).toEqual([]);
});

test('what any encoder wrote', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }))), (pairs) => {
      const named = pairs.filter(([name, value]) => name !== '' || value !== '');
      expect(parseForm(new URLSearchParams(named).toString())).toEqual(named);
    }),
  );
});

test('bytes that are no UTF-8 are replaced, a broken escape is refused', () => {
  expect(decodeFormText('a%ffé%C3%A9')).toBe('a\ufffdéé');
  for (const text of ['%', '%2', 'a%zz', '%ff%']) expect(() => decodeFormText(text)).toThrow(AwsError);
});

test('one field', () => {
  expect(formField('Version=1&Action=Run%49t&Action=x', 'Action')).toBe('RunIt');
  expect(formField('%41ction=a', 'Action')).toBe('a');
  expect(formField('Action', 'Action')).toBe('');
  expect(formField('XAction=a', 'Action')).toBeUndefined();
});

test('dotted names are a tree', () => {
  const tree = parseFormTree('a.1=x&a.2.b=y&a=z', 'c=w&a.1=last');
  expect(tree.children?.get('a')?.value).toBe('z');
  expect(tree.children?.get('a')?.children?.get('1')?.value).toBe('last');
  expect(tree.children?.get('a')?.children?.get('2')?.children?.get('b')?.value).toBe('y');
  expect(tree.children?.get('c')?.value).toBe('w');
  expect(() => parseFormTree(`${'a.'.repeat(40)}b=1`)).toThrow(AwsError);
});
