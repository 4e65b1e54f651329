import { describe, expect, it } from 'vitest';
import { AwsError } from '../../aws/errors.ts';
import type { MessageAttribute } from '../../drivers/messages/messages.ts';
import { FilteredMessage, filterOf } from './filter-match.ts';
import { type FilterPolicyScope, parseFilterPolicy } from './filter-policy.ts';

const passesBody = (policy: object, body: unknown) =>
  filterOf(
    JSON.stringify(policy),
    'MessageBody',
  )(new FilteredMessage(typeof body === 'string' ? body : JSON.stringify(body), undefined));
const passesAttributes = (policy: object, attributes: Record<string, MessageAttribute>) =>
  filterOf(JSON.stringify(policy), 'MessageAttributes')(new FilteredMessage('', attributes));
const text = (value: string): MessageAttribute => ({ dataType: 'String', value });
const number = (value: string): MessageAttribute => ({ dataType: 'Number', value });
const list = (value: unknown): MessageAttribute => ({ dataType: 'String.Array', value: JSON.stringify(value) });

/** One condition on one key, with values that pass and values that do not. */
const conditions: readonly (readonly [condition: unknown, passing: readonly unknown[], failing: readonly unknown[]])[] =
  [
    ['a', ['a', ['b', 'a']], ['A', 'b', ['b'], 1, null]],
    [1, [1, 1.0, 1.0000001], [1.1, '1', true]],
    [true, [true], ['true', false, 1]],
    [null, [null], ['null', 0]],
    [{ prefix: 'ab' }, ['ab', 'abc'], ['a', 'cab', 1]],
    [{ suffix: 'bc' }, ['bc', 'abc'], ['b', 'bcd', 1]],
    [{ 'equals-ignore-case': 'Ab' }, ['ab', 'AB'], ['abc', 1]],
    [{ wildcard: 'a*c' }, ['ac', 'abc', 'abcbc'], ['a', 'ab', 'abcd', 'xac']],
    [{ wildcard: '*' }, ['', 'x'], [1]],
    [{ wildcard: 'a*b*c' }, ['abc', 'axxbxxc'], ['acb', 'ac', 'abbb']],
    [{ wildcard: 'a\\*c' }, ['a*c'], ['abc']],
    [{ wildcard: 'aba*aba' }, ['abaaba', 'abaXaba'], ['aba', 'ababa']],
    [{ 'anything-but': 'a' }, ['b', 1, ['a', 'b']], ['a', ['a']]],
    [{ 'anything-but': ['a', 'b'] }, ['c', 1], ['a', 'b']],
    [{ 'anything-but': [1, 2] }, [3, '1'], [1, 2]],
    [{ 'anything-but': { prefix: 'a' } }, ['b', 'ba'], ['a', 'ab']],
    [{ 'anything-but': { suffix: 'a' } }, ['b', 'ab'], ['a', 'ba']],
    [{ 'anything-but': { 'equals-ignore-case': 'a' } }, ['b'], ['a', 'A']],
    [{ 'anything-but': { wildcard: 'a*' } }, ['b'], ['a', 'ab']],
    [{ numeric: ['=', 5] }, [5], [5.1, '5']],
    [{ numeric: ['>', 5] }, [5.1], [5]],
    [{ numeric: ['>=', 0, '<', 10] }, [0, 9.99], [-1, 10]],
    [{ cidr: '10.0.0.0/24' }, ['10.0.0.1', '10.0.0.255'], ['10.0.1.0', 'x', 10]],
    [{ cidr: '2001:db8::/32' }, ['2001:db8::1'], ['2001:db9::1', '10.0.0.1']],
    [{ exists: true }, ['', 0, null, false], []],
    [{ exists: false }, [], ['', 0, null]],
  ];

describe('conditions', () => {
  for (const [condition, passing, failing] of conditions)
    it(JSON.stringify(condition), () => {
      for (const value of passing)
        expect(passesBody({ k: [condition] }, { k: value }), JSON.stringify(value)).toBe(true);
      for (const value of failing)
        expect(passesBody({ k: [condition] }, { k: value }), JSON.stringify(value)).toBe(false);
    });

  it('go by a key with dots, into what has objects in objects', () => {
    const policy = { 'a.b.c': ['v'] };
    for (const body of [
      { 'a.b.c': 'v' },
      { a: { b: { c: 'v' } } },
      { 'a.b': { c: 'v' } },
      { a: { 'b.c': ['v'] } },
      { a: [{ b: 1 }, { b: { c: 'v' } }] },
    ])
      expect(passesBody(policy, body), JSON.stringify(body)).toBe(true);
    expect(passesBody(policy, { a: { b: { c: 'w' } } })).toBe(false);
    expect(passesBody({ 'a.b': [{ exists: false }] }, { a: { c: 1 } })).toBe(true);
    expect(passesBody({ 'a.b': { c: ['v'] } }, { a: { b: { c: 'v' } } })).toBe(true);
  });

  it('hold of a key that is missing only when they ask for that', () => {
    for (const [condition] of conditions)
      expect(passesBody({ k: [condition] }, { other: 1 }), JSON.stringify(condition)).toBe(
        JSON.stringify(condition) === '{"exists":false}',
      );
  });
});

describe('policies', () => {
  it('want every key, and of each key one condition', () => {
    const policy = { a: ['x', { prefix: 'y' }], b: [1] };
    expect(passesBody(policy, { a: 'yes', b: 1, c: 'more' })).toBe(true);
    expect(passesBody(policy, { a: 'x', b: 2 })).toBe(false);
    expect(passesBody(policy, { a: 'x' })).toBe(false);
    expect(passesBody({}, { a: 'x' })).toBe(true);
  });

  it('follow nested keys, and lists of objects one by one', () => {
    const policy = { order: { item: { colour: ['red'], size: [{ numeric: ['>', 3] }] } } };
    expect(passesBody(policy, { order: { item: { colour: 'red', size: 4 } } })).toBe(true);
    expect(
      passesBody(policy, {
        order: {
          item: [
            { colour: 'blue', size: 9 },
            { colour: 'red', size: 4 },
          ],
        },
      }),
    ).toBe(true);
    expect(
      passesBody(policy, {
        order: {
          item: [
            { colour: 'red', size: 1 },
            { colour: 'blue', size: 4 },
          ],
        },
      }),
    ).toBe(false);
    expect(passesBody(policy, { order: 'red' })).toBe(false);
    expect(passesBody({ a: { b: [{ exists: false }] } }, { a: { c: 1 } })).toBe(true);
  });

  it('take one of several alternatives', () => {
    const policy = { source: ['s'], $or: [{ metric: ['cpu'] }, { level: [{ numeric: ['>', 5] }] }] };
    expect(passesBody(policy, { source: 's', metric: 'cpu' })).toBe(true);
    expect(passesBody(policy, { source: 's', level: 6 })).toBe(true);
    expect(passesBody(policy, { source: 's', metric: 'disk', level: 5 })).toBe(false);
    expect(passesBody(policy, { metric: 'cpu' })).toBe(false);
  });

  it('pass no body that is not JSON', () => {
    for (const body of ['text', '"text"', '1', 'null', '{'])
      expect(passesBody({ k: ['text'] }, body), body).toBe(false);
  });

  it('see attributes by their types', () => {
    expect(passesAttributes({ k: ['a'] }, { k: text('a') })).toBe(true);
    expect(passesAttributes({ k: [5] }, { k: number('5.0') })).toBe(true);
    expect(passesAttributes({ k: [5] }, { k: text('5') })).toBe(false);
    expect(passesAttributes({ k: ['b', 7] }, { k: list(['a', 'b']) })).toBe(true);
    expect(passesAttributes({ k: [7] }, { k: list(['a', 7]) })).toBe(true);
    expect(passesAttributes({ k: ['c'] }, { k: list(['a', 'b']) })).toBe(false);
    expect(passesAttributes({ k: [{ exists: true }] }, { k: { dataType: 'Binary', value: Buffer.from('a') } })).toBe(
      true,
    );
    expect(passesAttributes({ k: ['a'] }, {})).toBe(false);
  });
});

describe('what no policy may be', () => {
  const refusal = (policy: string, scope: FilterPolicyScope = 'MessageBody'): string => {
    try {
      parseFilterPolicy(policy, scope);
    } catch (error) {
      return error instanceof AwsError ? `${error.code}: ${error.message}` : String(error);
    }
    return 'none';
  };
  const values = (count: number, from = 0) => Array.from({ length: count }, (_, i) => `v${from + i}`);

  it("is refused in AWS's words", () => {
    const tries: [unknown, RegExp][] = [
      [[], /Filter policy must be an object/],
      [{ k: [] }, /Empty arrays are not allowed/],
      [{ k: {} }, /Empty objects are not allowed/],
      [{ k: 'v' }, /"k" must be an object or an array/],
      [{ k: [['v']] }, /Match value must be String, number, true, false, or null/],
      [{ k: [{ nothing: 'v' }] }, /Unrecognized match type nothing/],
      [{ k: [{ prefix: 'a', suffix: 'b' }] }, /Only one key allowed in match expression/],
      [{ k: [{ prefix: 1 }] }, /prefix match pattern must be a string/],
      [{ k: [{ wildcard: 1 }] }, /wildcard match pattern must be a string/],
      [{ k: [{ wildcard: 'a**' }] }, /Consecutive wildcard/],
      [{ k: [{ exists: 'yes' }] }, /exists match pattern must be either true or false/],
      [{ k: [{ 'anything-but': { nothing: 'a' } }] }, /Unsupported anything-but pattern: nothing/],
      [{ k: [{ 'anything-but': [] }] }, /Anything-but/],
      [{ k: [{ numeric: [] }] }, /Invalid member in numeric match: ]/],
      [{ k: [{ numeric: ['<', 'x'] }] }, /Value of < must be numeric/],
      [{ k: [{ numeric: ['>', 5, '<', 4] }] }, /Bottom must be less than top/],
      [{ k: [{ numeric: ['<', 5, '>', 4] }] }, /Too many elements/],
      [{ k: [{ cidr: '10.0.0.0' }] }, /CIDR/],
    ];
    for (const [policy, message] of tries)
      expect(refusal(JSON.stringify(policy)), JSON.stringify(policy)).toMatch(message);
    expect(refusal('{')).toMatch(/failed to parse JSON/);
    expect(refusal('{"a":{"b":["c"]}}', 'MessageAttributes')).toMatch(/does not support nested filter policy/);
    expect(refusal('{"k":[1000000001]}')).toMatch(/^InternalError/);
  });

  it('has more than five keys', () => {
    const keys = (count: number) => JSON.stringify(Object.fromEntries(values(count).map((key) => [key, ['x']])));
    expect(refusal(keys(5))).toBe('none');
    expect(refusal(keys(6))).toMatch(/Filter policy can not have more than 5 keys/);
  });

  it('has more than 150 combinations, where depth counts too', () => {
    const policy = (...counts: number[]) =>
      JSON.stringify(Object.fromEntries(counts.map((count, i) => [`k${i}`, values(count)])));
    expect(refusal(policy(150))).toBe('none');
    expect(refusal(policy(151))).toMatch(/Filter policy is too complex/);
    expect(refusal(policy(5, 30))).toBe('none');
    expect(refusal(policy(6, 5, 6))).toMatch(/Filter policy is too complex/);
    expect(refusal(JSON.stringify({ a: { b: values(75) } }))).toBe('none');
    expect(refusal(JSON.stringify({ a: { b: values(76) } }))).toMatch(/too complex/);
  });

  it('is nested without end', () => {
    const deep = `${'{"a":'.repeat(5000)}["x"]${'}'.repeat(5000)}`;
    expect(refusal(deep)).toMatch(/too complex/);
  });
});
