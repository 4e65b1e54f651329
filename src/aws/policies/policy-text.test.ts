import { describe, expect, it } from 'vitest';
import { hasRepeatedKeys, locateStatements } from './policy-text.ts';

describe('locateStatements', () => {
  it('tells where each statement begins and ends', () => {
    const text = `{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Effect": "Allow", "Action": "s3:*", "Resource": "*",
      "Condition": {"StringEquals": {"aws:username": ["{", "Statement"]}}
    }, {"Effect": "Deny", "Action": "*", "Resource": "*"}
  ]
}`;
    expect(locateStatements(text)).toEqual([
      { start: { line: 4, column: 6 }, end: { line: 7, column: 6 } },
      { start: { line: 7, column: 9 }, end: { line: 7, column: 58 } },
    ]);
  });

  it('knows a statement that is no list', () => {
    const text = '{"Statement":{"Effect":"Allow","Condition":{}}}';
    expect(locateStatements(text)).toEqual([{ start: { line: 1, column: 15 }, end: { line: 1, column: 47 } }]);
  });

  it('is not misled by texts that look like structure', () => {
    const text = '{"Id":"}{\\"[","Statement":[{"Sid":"]"}]}';
    expect(locateStatements(text)).toEqual([{ start: { line: 1, column: 29 }, end: { line: 1, column: 39 } }]);
  });
});

describe('hasRepeatedKeys', () => {
  it.each([
    ['{"a":1,"b":2}', false],
    ['{"a":1,"a":2}', true],
    ['{"a":{"b":1},"c":{"b":1}}', false],
    ['{"a":[{"b":1},{"b":1,"b":2}]}', true],
    ['{"a":1,"\\u0061":2}', true],
    ['{"a":"\\"a\\":","b":"a"}', false],
    ['{"A":1,"a":2}', false],
  ])('%s', (text, expected) => {
    expect(hasRepeatedKeys(text)).toBe(expected);
  });
});
