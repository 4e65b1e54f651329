import { describe, expect, it } from 'vitest';
import type { AttributeValue } from '../../../generated/dynamodb.types.ts';
import { acceptItem, type Item } from '../attribute-value.ts';
import { bindCondition } from './condition.ts';
import { satisfies } from './evaluate.ts';
import { keyConditionsOf } from './key-condition.ts';
import { openPlaceholders } from './placeholders.ts';
import { bindProjection, project } from './projection.ts';
import type { ExpressionKind } from './tokens.ts';
import { applyUpdate, bindUpdate } from './update.ts';

type Names = Readonly<Record<string, string>>;
type Values = Readonly<Record<string, AttributeValue>>;

const holder = (names?: Names, values?: Values) =>
  openPlaceholders({ ExpressionAttributeNames: names, ExpressionAttributeValues: values });

const item: Item = acceptItem({
  pk: { S: 'one' },
  n: { N: '5' },
  s: { S: 'hello world' },
  b: { B: Buffer.from('hello') },
  ss: { SS: ['a', 'b'] },
  ns: { NS: ['1', '2'] },
  lst: { L: [{ S: 'x' }, { M: { deep: { N: '1' } } }] },
  mp: { M: { core: { S: 'y' }, 'odd.name': { BOOL: true } } },
  nothing: { NULL: true },
});

const values: Values = {
  ':n': { N: '5.0' },
  ':ten': { N: '10' },
  ':s': { S: 'hello' },
  ':a': { S: 'a' },
  ':one': { N: '1' },
  ':set': { SS: ['b', 'a'] },
  ':N': { S: 'N' },
  ':x': { S: 'x' },
  ':e': { S: 'e' },
};

describe('conditions', () => {
  it.each([
    ['n = :n', true],
    ['n <> :n', false],
    ['gone <> :n', true],
    ['gone = :n', false],
    ['n < :ten AND NOT n >= :ten', true],
    ['n > :s', false],
    ['n BETWEEN :one AND :ten', true],
    ['n IN (:s, :n)', true],
    ['begins_with(s, :s)', true],
    ['contains(s, :e)', true],
    ['contains(ss, :a)', true],
    ['contains(ns, :one)', true],
    ['contains(lst, :x)', true],
    ['ss = :set', true],
    ['size(ss) < :n', true],
    ['size(s) > :ten', true],
    ['size(gone) > :one', false],
    ['attribute_type(n, :N)', true],
    ['attribute_exists(lst[1].deep)', true],
    ['attribute_not_exists(lst[2])', true],
    ['attribute_exists(mp.core)', true],
    ['n = :one OR (s = :x OR n = :n)', true],
    ['(n = :one OR n = :n) AND s = :x', false],
    ['NOT (n = :one)', true],
    [':n = n', true],
    ['(n) = :n', true],
  ])('%s', (text, expected) => {
    const used = Object.fromEntries(Object.entries(values).filter(([name]) => new RegExp(`${name}\\b`).test(text)));
    const condition = bindCondition(
      'ConditionExpression',
      text,
      holder(undefined, Object.keys(used).length > 0 ? used : undefined),
    );
    expect(satisfies(item, condition)).toBe(expected);
  });

  it('never take names for what objects have anyway', () => {
    const exists = bindCondition('ConditionExpression', 'attribute_exists(#c)', holder({ '#c': 'constructor' }));
    expect(satisfies(item, exists)).toBe(false);
    const proto = bindCondition('ConditionExpression', 'attribute_exists(#p)', holder({ '#p': '__proto__' }));
    expect(satisfies(item, proto)).toBe(false);
    expect(satisfies(acceptItem(JSON.parse('{"__proto__":{"S":"x"}}')), proto)).toBe(true);
  });

  it.each<[ExpressionKind, string, string]>([
    ['ConditionExpression', '', 'The expression can not be empty;'],
    ['FilterExpression', 'a', 'Syntax error; token: "<EOF>", near: "a"'],
    ['FilterExpression', 'a = :n b', 'Syntax error; token: "b", near: ":n b"'],
    ['FilterExpression', 'a = = :n', 'Syntax error; token: "=", near: "= = :n"'],
    ['FilterExpression', 'attribute_exists(', 'Syntax error; token: "<EOF>", near: "("'],
    ['FilterExpression', 'a = _b', 'Syntax error; token: "_", near: "= _b"'],
    ['FilterExpression', '((a = :n))', 'The expression has redundant parentheses;'],
    ['FilterExpression', 'frobnicate(a)', 'Invalid function name; function: frobnicate'],
    ['FilterExpression', 'size(a)', 'The function is not allowed to be used this way in an expression; function: size'],
    ['FilterExpression', 'status = :n', 'Attribute name is a reserved keyword; reserved keyword: status'],
    [
      'FilterExpression',
      '#a = :n',
      'An expression attribute name used in the document path is not defined; attribute name: #a',
    ],
    [
      'FilterExpression',
      'a = :zz',
      'An expression attribute value used in expression is not defined; attribute value: :zz',
    ],
    [
      'FilterExpression',
      'contains(a)',
      'Incorrect number of operands for operator or function; operator or function: contains, number of operands: 1',
    ],
    [
      'FilterExpression',
      'begins_with(a, :n)',
      'Incorrect operand type for operator or function; operator or function: begins_with, operand type: N',
    ],
    [
      'FilterExpression',
      'attribute_exists(:n)',
      'Operator or function requires a document path; operator or function: attribute_exists',
    ],
    [
      'FilterExpression',
      'a = a',
      'The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]',
    ],
    [
      'FilterExpression',
      'a BETWEEN :ten AND :n',
      'The BETWEEN operator requires upper bound to be greater than or equal to lower bound; lower bound operand: AttributeValue: {N:10}, upper bound operand: AttributeValue: {N:5}',
    ],
  ])('%s %s: refused', (kind, text, reason) => {
    expect(() => bindCondition(kind, text, holder(undefined, values))).toThrow(`Invalid ${kind}: ${reason}`);
  });

  it('are refused when they are nested too deeply, without reaching the end of the stack', () => {
    for (const text of [`${'('.repeat(2000)}a = :n`, `${'NOT '.repeat(1000)}a = :n`]) {
      expect(() => bindCondition('FilterExpression', text, holder(undefined, values))).toThrow(/nested too deeply/);
    }
  });

  it('of keys are found by their names, also from the right', () => {
    const text = 'pk = :s AND :n < sk';
    const found = keyConditionsOf(bindCondition('KeyConditionExpression', text, holder(undefined, values)));
    expect([...found]).toEqual([
      ['pk', { operator: '=', values: [{ S: 'hello' }] }],
      ['sk', { operator: '>', values: [{ N: '5' }] }],
    ]);
  });

  it('that nobody needs are complained of', () => {
    const placeholders = holder({ '#a': 'a', '#b': 'b' }, { ':n': { N: '1' } });
    bindCondition('ConditionExpression', '#a = :n', placeholders);
    expect(() => placeholders.requireAllUsed()).toThrow(
      'Value provided in ExpressionAttributeNames unused in expressions: keys: {#b}',
    );
  });
});

describe('size', () => {
  it('counts a string in UTF-16 units', () => {
    const condition = bindCondition('ConditionExpression', 'size(s) = :n', holder(undefined, { ':n': { N: '3' } }));
    expect(satisfies(acceptItem({ s: { S: 'é𝄞' } }), condition)).toBe(true);
  });
});

describe('updates', () => {
  const update = (text: string, given?: Values) => applyUpdate(item, bindUpdate(text, holder(undefined, given)));

  it('read the item as it was', () => {
    const after = update('SET n = n + :n, m = n - :n, k = n', { ':n': { N: '2' } });
    expect([after['n'], after['m'], after['k']]).toEqual([{ N: '7' }, { N: '3' }, { N: '5' }]);
  });

  it('add and take away', () => {
    const after = update('ADD n :one, ss :c, fresh :one DELETE ns :ns REMOVE s, lst[0]', {
      ':one': { N: '1' },
      ':c': { SS: ['c'] },
      ':ns': { NS: ['1', '2'] },
    });
    expect(after).toMatchObject({
      n: { N: '6' },
      ss: { SS: ['a', 'b', 'c'] },
      fresh: { N: '1' },
      lst: { L: [{ M: { deep: { N: '1' } } }] },
    });
    expect(Object.keys(after)).not.toContain('ns');
    expect(Object.keys(after)).not.toContain('s');
  });

  it('reach into lists and maps, and leave the old item alone', () => {
    const after = update('SET lst[1].deep = :v, lst[9] = :v, mp.added = if_not_exists(mp.nope, :v)', {
      ':v': { S: 'v' },
    });
    expect(after['lst']).toEqual({ L: [{ S: 'x' }, { M: { deep: { S: 'v' } } }, { S: 'v' }] });
    expect(after['mp']).toMatchObject({ M: { core: { S: 'y' }, added: { S: 'v' } } });
    expect(item['lst']).toEqual({ L: [{ S: 'x' }, { M: { deep: { N: '1' } } }] });
  });

  it('remove positions as they were', () => {
    const long = acceptItem({ l: { L: ['0', '1', '2', '3', '4'].map((N) => ({ N })) } });
    const after = applyUpdate(long, bindUpdate('REMOVE l[0], l[3], l[1]', holder()));
    expect(after['l']).toEqual({ L: [{ N: '2' }, { N: '4' }] });
    // What stands between them in the expression does not change that.
    const mixed = applyUpdate(long, bindUpdate('REMOVE l[0], a, l[3], m, l[1]', holder()));
    expect(mixed['l']).toEqual({ L: [{ N: '2' }, { N: '4' }] });
  });

  it('append behind the end by position, whether they set or add', () => {
    const after = update('SET lst[9] = :s ADD lst[7] :one, lst[5] :c', {
      ':s': { S: 'last' },
      ':one': { N: '1' },
      ':c': { SS: ['c'] },
    });
    expect(after['lst']).toMatchObject({ L: [{}, {}, { SS: ['c'] }, { N: '1' }, { S: 'last' }] });
  });

  it('may have parentheses around each operand and around both', () => {
    expect(update('SET n = ((n)+(n))')['n']).toEqual({ N: '10' });
    for (const text of ['SET n = ((n + n))', 'SET n = ((n)) + n'])
      expect(() => update(text)).toThrow('redundant parentheses');
  });

  it('append to lists', () => {
    const after = update('SET lst = list_append(:l, lst)', { ':l': { L: [{ S: 'first' }] } });
    expect((after['lst'] as { L: readonly unknown[] }).L).toHaveLength(3);
  });

  it.each([
    ['SET a = :v SET b = :v', 'The "SET" section can only be used once in an update expression;'],
    [
      'SET a = :v, a.b = :v',
      'Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [a], path two: [a, b]',
    ],
    [
      'SET a.b = :v, a[0] = :v',
      'Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [a, b], path two: [a, [0]]',
    ],
    ['SET a = nope(:v)', 'Invalid function name; function: nope'],
    ['SET a = size(:v)', 'The function is not allowed in an update expression; function: size'],
    ['ADD a :v', 'Incorrect operand type for operator or function; operator: ADD, operand type: STRING'],
    ['SET a = :v + b', 'Incorrect operand type for operator or function; operator or function: +, operand type: S'],
    ['SET a = b,', 'Syntax error; token: "<EOF>", near: ","'],
  ])('%s: refused', (text, reason) => {
    expect(() => update(text, { ':v': { S: 'v' } })).toThrow(`Invalid UpdateExpression: ${reason}`);
  });

  it.each([
    ['SET a = gone', 'The provided expression refers to an attribute that does not exist in the item'],
    ['SET gone.x = :v', 'The document path provided in the update expression is invalid for update'],
    ['SET pk.x = :v', 'The document path provided in the update expression is invalid for update'],
    ['SET a = s + n', 'An operand in the update expression has an incorrect data type'],
  ])('%s: fails on the item', (text, message) => {
    const given = text.includes(':v') ? { ':v': { S: 'v' } } : undefined;
    expect(() => update(text, given)).toThrow(message);
  });
});

describe('projections', () => {
  it('pick parts, and close the ranks of lists', () => {
    const picked = project(item, bindProjection('pk, lst[1].deep, mp.core, gone.x', holder()));
    expect(picked).toEqual({
      pk: { S: 'one' },
      lst: { L: [{ M: { deep: { N: '1' } } }] },
      mp: { M: { core: { S: 'y' } } },
    });
  });

  it('take names with dots as placeholders only', () => {
    const picked = project(item, bindProjection('mp.#o', holder({ '#o': 'odd.name' })));
    expect(picked).toEqual({ mp: { M: { 'odd.name': { BOOL: true } } } });
  });
});
