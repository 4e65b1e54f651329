// Random inputs that AWS's models admit: required members are there, enums, patterns, lengths and ranges are kept. What
// was seen in answers is used again, so that operations meet things that exist.

import fc from 'fast-check';
import type { Member, OperationModel, Shape, StringShape, StructureShape } from '../../src/aws/model.ts';
import { javaPattern } from '../../src/aws/validation/java-pattern.ts';

export type Chance = () => number;
export type Usual = Readonly<Record<string, readonly (string | number | boolean)[]>>;
export type Fields = Record<string, unknown>;

export interface ValidInputs {
  /** `density` is how likely an optional member is there. */
  of(operation: OperationModel, density: number): Fields;
  /** Remembers the ids and names in an output or input, to be used in inputs to come. */
  remember(shape: Shape, value: unknown): void;
}

const deepest = 6;

/**
 * `usual` says what users give where the model does not tell what would make sense, by the member's name; `oftenGiven`
 * names members that operations need although the model does not say so.
 */
export function createValidInputs(
  chance: Chance,
  usual: Usual = {},
  oftenGiven: ReadonlySet<string> = new Set(),
): ValidInputs {
  const expected = new Map(Object.entries(usual).map(([name, values]) => [singular(name), values]));
  const seen = new Map<string, string[]>();
  const ids: string[] = [];
  const pick = <T>(from: readonly T[]): T => from[Math.floor(chance() * from.length)] as T;
  const whole = (from: number, to: number): number => from + Math.floor(chance() * (to - from + 1));

  function structure(shape: StructureShape, density: number, depth: number): Fields {
    // The model of DynamoDB does not say that it is one.
    if (shape.union || shape.name === 'AttributeValue') {
      const text = shape.members.find(({ name }) => name === 'S');
      const member = text && chance() < 0.5 ? text : pick(shape.members);
      return { [member.name]: value(member, member.name, density, depth + 1) };
    }
    const wanted = shape.members.filter(
      ({ required, location, name }) =>
        required ||
        location === 'uri' ||
        (depth < deepest && chance() < (oftenGiven.has(name) ? Math.max(density, 0.5) : density)),
    );
    const fields = wanted.map((member) => [member.name, value(member, member.name, density / 2, depth + 1)] as const);
    return Object.fromEntries(fields.filter(([, field]) => field !== undefined));
  }

  /** Undefined where no value could be found that the model admits. */
  function value(member: Member, name: string, density: number, depth: number): unknown {
    const { shape } = member;
    const habit = expected.get(singular(name))?.filter((word) => typeof word === scalarTypes[shape.type]);
    if (habit && habit.length > 0 && chance() < 0.6) {
      const word = pick(habit);
      return shape.type === 'blob' ? Buffer.from(String(word)) : word;
    }
    switch (shape.type) {
      case 'structure':
        return shape.document ? { any: 'thing' } : structure(shape, density, depth);
      case 'list': {
        const parts = Array.from({ length: sizeOf(shape, depth) }, () =>
          value(shape.element, name, density, depth + 1),
        );
        return parts.filter((part) => part !== undefined);
      }
      case 'map': {
        const entries = Array.from({ length: sizeOf(shape, depth) }, () => [
          String(value(shape.key, `${name}Key`, density, depth + 1) ?? 'key'),
          value(shape.value, `${name}Value`, density, depth + 1),
        ]);
        return Object.fromEntries(entries.filter(([, part]) => part !== undefined));
      }
      case 'string':
        return text(member, name);
      case 'boolean':
        return chance() < 0.5;
      case 'integer':
      case 'long':
        return number(shape);
      case 'float':
      case 'double':
        return number(shape) + (shape.max === undefined ? chance() : 0);
      case 'timestamp':
        return pick([1_795_251_600_000, 1_700_000_000_000, 0, 4_102_444_800_000]) + whole(0, 1e9);
      case 'blob':
        return Uint8Array.from({ length: Math.max(shape.min ?? 0, whole(1, 40)) }, () => whole(0, 255));
    }
  }

  function sizeOf(
    { min = 0, max = 3 }: { readonly min: number | undefined; readonly max: number | undefined },
    depth: number,
  ) {
    return depth > deepest ? min : whole(Math.min(Math.max(min, 1), max), Math.max(min, Math.min(max, min + 2)));
  }

  function number({
    type,
    min,
    max,
  }: {
    readonly type: string;
    readonly min: number | undefined;
    readonly max: number | undefined;
  }) {
    const largest = type === 'integer' ? 2 ** 31 - 1 : Number.MAX_SAFE_INTEGER;
    const choices = [whole(1, 5), whole(0, 100), 1024, min ?? -1, min ?? 0, max ?? largest];
    return Math.min(Math.max(pick(choices), min ?? -largest), max ?? largest);
  }

  function text(member: Member, name: string): string | undefined {
    const shape = member.shape as StringShape;
    if (member.enum && member.enum.length > 0) return pick(member.enum);
    const known = seen.get(aliases[singular(name)] ?? singular(name)) ?? [];
    if (known.length > 0 && chance() < 0.8) return pick(known);
    if (ids.length > 0 && /Ids?$|^Resources?$/.test(name) && chance() < 0.5) return pick(ids);
    const made = patterned(shape);
    const fitting = [...made, ...words(name)].filter((word) => admits(shape, word));
    if (fitting.length > 0) return pick(fitting);
    // A path without its label would be another path.
    return member.location === 'uri' ? 'x'.repeat(Math.max(shape.min ?? 0, 1)) : undefined;
  }

  function remember(shape: Shape, from: unknown, name = ''): void {
    if (from === undefined || from === null) return;
    if (shape.type === 'structure')
      for (const member of shape.members) remember(member.shape, (from as Fields)[member.name], member.name);
    else if (shape.type === 'list') for (const part of from as unknown[]) remember(shape.element.shape, part, name);
    else if (
      shape.type === 'string' &&
      typeof from === 'string' &&
      /(Id|Arn|Name|Url|Key|Token|Value|Version)s?$/.test(name)
    ) {
      const known = seen.get(singular(name)) ?? [];
      seen.set(singular(name), known);
      keep(known, from);
      if (/^[a-z-]+-[0-9a-f]{17}$/.test(from)) keep(ids, from);
    }
  }

  function keep(known: string[], found: string): void {
    if (known.includes(found) || found === '') return;
    // What is new takes the place of something: the pool must not grow, and what was deleted must leave it.
    if (known.length >= 12) known[whole(0, known.length - 1)] = found;
    else known.push(found);
  }

  return { of: (operation, density) => structure(operation.input, density, 0), remember };
}

const scalarTypes: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'boolean',
  integer: 'number',
  long: 'number',
  blob: 'string',
};

/** What operations take under one name and answer under another. */
const aliases: Readonly<Record<string, string>> = {
  securitygroupid: 'groupid',
  securitygroup: 'groupname',
  associationid: 'routetableassociationid',
  gatewayid: 'internetgatewayid',
};

/** `InstanceIds`, `instanceId` and `InstanceId` name the same things. */
const singular = (name: string): string => name.replace(/s$/, '').toLowerCase();

const words = (name: string): readonly string[] => [
  'a',
  'name-1',
  `${name}-1`,
  '1',
  '000000000000',
  '10.0.0.0/16',
  '10.0.1.7',
  '0.0.0.0/0',
  'us-east-1a',
  'arn:aws:iam::000000000000:role/r',
  'arn:aws:sqs:us-east-1:000000000000:queue-1',
  'arn:aws:appsync:us-east-1:000000000000:apis/abcdefghij',
  'i-0123456789abcdef0',
  '/a/b',
  '2026-11-21T09:00:00Z',
  'https://example.com/',
  'é漢😀 & <b> "q"',
  '-1',
  '__proto__',
  'x'.repeat(40),
  'x'.repeat(300),
];

const expressions = new Map<string, RegExp>();

function expressionOf(pattern: string): RegExp {
  let found = expressions.get(pattern);
  if (!found) {
    found = javaPattern(pattern);
    expressions.set(pattern, found);
  }
  return found;
}

const patternWords = new Map<string, readonly string[]>();

/** A few strings of the shape's pattern, made once. Patterns that only Java understands give none. */
function patterned({ pattern }: StringShape): readonly string[] {
  if (pattern === undefined) return [];
  let found = patternWords.get(pattern);
  if (!found) {
    try {
      found = fc.sample(fc.stringMatching(expressionOf(pattern), { size: '-1' }), { numRuns: 4, seed: 1 });
    } catch {
      found = [];
    }
    patternWords.set(pattern, found);
  }
  return found;
}

function admits({ min = 0, max = Number.POSITIVE_INFINITY, pattern }: StringShape, word: string): boolean {
  return word.length >= min && word.length <= max && (pattern === undefined || expressionOf(pattern).test(word));
}
