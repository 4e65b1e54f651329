// Checks an input against what its model demands: required members, enums, patterns, lengths, ranges. Finds all that is
// wrong; how AWS words it is wording.ts's. Compiled once per operation, and only where there is something to check.

import type { ListShape, MapShape, Member, Shape, StringShape, StructureShape } from '../shapes.ts';
import { javaPattern } from './java-pattern.ts';

/** A member, the position of a list's element (from 1), or the key of a map's entry. */
export type PathStep = Member | number | string;

export type Constraint =
  | { readonly kind: 'required' }
  | { readonly kind: 'enum'; readonly values: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: string }
  | { readonly kind: 'minLength' | 'maxLength' | 'min' | 'max'; readonly limit: number }
  /** Of a list or map whose elements or keys break their own constraints: AWS names the whole, and all it demands. */
  | { readonly kind: 'members' | 'keys' | 'values'; readonly demands: readonly Constraint[] };

export interface Violation {
  readonly path: readonly PathStep[];
  readonly value: unknown;
  readonly constraint: Constraint;
  readonly shape: Shape;
}

export type Check = (value: unknown, path: PathStep[], found: Violation[]) => void;

/** AWS's own limit of how many it tells at once. */
const mostViolations = 10;

/**
 * The longest value that a pattern is tried on, unless it is a single class of characters: backtracking takes time that
 * grows with some power of the length, and a value that is too long is refused for that anyway.
 */
export function longestPatterned({ max = 2048 }: StringShape): number {
  return Math.min(Math.max(max, 256), 2048);
}

/** Enums that the services themselves check: they know more values, or refuse in words that name the value's meaning. */
const leftToServices = new Set([
  'AccountAttributeName',
  'BucketCannedACL',
  'BucketLocationConstraint',
  'Event',
  'QueueAttributeName',
  'ServerSideEncryption',
  'MessageSystemAttributeName',
  'MessageSystemAttributeNameForSends',
]);

type Test = (value: unknown) => boolean;

interface Demand {
  readonly constraint: Constraint;
  readonly holds: Test;
}

export function createConstraintChecks(): (shape: StructureShape) => Check | undefined {
  const structures = new Map<StructureShape, Check>();

  function structure(shape: StructureShape): Check | undefined {
    if (!isConstrained(shape)) return undefined;
    let check = structures.get(shape);
    if (!check) {
      let compiled: Check | undefined;
      check = (value, path, found) => {
        compiled ??= structureCheck(shape);
        compiled(value, path, found);
      };
      structures.set(shape, check);
    }
    return check;
  }

  function structureCheck(shape: StructureShape): Check {
    const members = shape.members.flatMap((member) => {
      const check = memberCheck(member);
      return check || member.required ? [{ name: member.name, isRequired: member.required, member, check }] : [];
    });
    const all: Check = (value, path, found) => {
      const from = value as Readonly<Record<string, unknown>>;
      for (const { name, isRequired, member, check } of members) {
        const field = from[name];
        const isThere = field !== undefined && field !== null;
        if (!isThere && !isRequired) continue;
        path.push(member);
        if (!isThere) add(found, path, null, { kind: 'required' }, member.shape);
        else if (check) check(field, path, found);
        path.pop();
      }
    };
    if (members.some(({ isRequired }) => isRequired)) return all;
    // Of the ten members of an AttributeValue one is there.
    const byName = new Map(members.map((one) => [one.name, one]));
    return (value, path, found) => {
      const name = onlyKeyOf(value as object);
      if (name === undefined) return all(value, path, found);
      const only = byName.get(name);
      const field = (value as Readonly<Record<string, unknown>>)[name];
      if (!only?.check || field === undefined || field === null) return;
      path.push(only.member);
      only.check(field, path, found);
      path.pop();
    };
  }

  function memberCheck(member: Member): Check | undefined {
    const { shape } = member;
    if (member.streaming || (shape.type === 'structure' && shape.eventStream)) return undefined;
    const own = ownCheck(member);
    const inner = innerCheck(shape);
    if (!own || !inner) return own ?? inner;
    return (value, path, found) => {
      own(value, path, found);
      inner(value, path, found);
    };
  }

  function ownCheck(member: Member): Check | undefined {
    const demands = demandsOf(member);
    if (demands.length === 0) return undefined;
    return (value, path, found) => {
      for (const { constraint, holds } of demands) if (!holds(value)) add(found, path, value, constraint, member.shape);
    };
  }

  function innerCheck(shape: Shape): Check | undefined {
    if (shape.type === 'structure') return structure(shape);
    if (shape.type === 'list') return listCheck(shape);
    return shape.type === 'map' ? mapCheck(shape) : undefined;
  }

  function listCheck(shape: ListShape): Check | undefined {
    const whole = wholeCheck(shape, 'members', shape.element, everyElement);
    const inner = innerCheck(shape.element.shape);
    if (!inner) return whole;
    return (value, path, found) => {
      whole?.(value, path, found);
      const elements = value as readonly unknown[];
      for (let index = 0; index < elements.length; index++) {
        path.push(index + 1);
        inner(elements[index], path, found);
        path.pop();
      }
    };
  }

  function mapCheck(shape: MapShape): Check | undefined {
    const keys = wholeCheck(shape, 'keys', shape.key, everyKey);
    const values = wholeCheck(shape, 'values', shape.value, everyValue);
    const inner = innerCheck(shape.value.shape);
    if (!keys && !values && !inner) return undefined;
    return (value, path, found) => {
      keys?.(value, path, found);
      values?.(value, path, found);
      if (!inner) return;
      const from = value as Readonly<Record<string, unknown>>;
      for (const key in from) {
        path.push(key);
        inner(from[key], path, found);
        path.pop();
      }
    };
  }

  return structure;
}

/** One violation of a list or map, however many of its parts are wrong. */
function wholeCheck(
  shape: ListShape | MapShape,
  kind: 'members' | 'keys' | 'values',
  part: Member,
  everyPart: (value: unknown, demands: readonly Demand[]) => boolean,
): Check | undefined {
  const demands = demandsOf(part);
  if (demands.length === 0) return undefined;
  const constraint: Constraint = { kind, demands: demands.map((demand) => demand.constraint) };
  return (value, path, found) => {
    if (!everyPart(value, demands)) add(found, path, value, constraint, shape);
  };
}

function everyElement(value: unknown, demands: readonly Demand[]): boolean {
  for (const element of value as readonly unknown[]) if (!satisfiesAll(element, demands)) return false;
  return true;
}

// Maps have no prototype, or the plain one: what is enumerated is their own.

function everyKey(value: unknown, demands: readonly Demand[]): boolean {
  for (const key in value as object) if (!satisfiesAll(key, demands)) return false;
  return true;
}

function everyValue(value: unknown, demands: readonly Demand[]): boolean {
  const from = value as Readonly<Record<string, unknown>>;
  for (const key in from) if (!satisfiesAll(from[key], demands)) return false;
  return true;
}

function satisfiesAll(value: unknown, demands: readonly Demand[]): boolean {
  for (const { holds } of demands) if (!holds(value)) return false;
  return true;
}

/** Undefined when there are none, or several. */
function onlyKeyOf(value: object): string | undefined {
  let only: string | undefined;
  for (const key in value) {
    if (only !== undefined) return undefined;
    only = key;
  }
  return only;
}

function add(
  found: Violation[],
  path: readonly PathStep[],
  value: unknown,
  constraint: Constraint,
  shape: Shape,
): void {
  if (found.length < mostViolations) found.push({ path: [...path], value, constraint, shape });
}

/** What a value must satisfy by itself, in the order in which AWS tells it. */
function demandsOf(member: Member): readonly Demand[] {
  const { shape } = member;
  const demands: Demand[] = [];
  if (shape.type === 'string') {
    if (member.enum && member.enum.length > 0 && !leftToServices.has(shape.name)) demands.push(enumDemand(member.enum));
    if (shape.pattern !== undefined && !member.enum)
      demands.push(patternDemand(shape.pattern, longestPatterned(shape)));
  }
  if (!('min' in shape)) return demands;
  const isNumber =
    shape.type === 'integer' || shape.type === 'long' || shape.type === 'float' || shape.type === 'double';
  const sizeOf = isNumber ? (value: unknown) => value as number : lengthOf;
  const { min, max } = shape;
  if (min !== undefined && (isNumber || min > 0)) {
    demands.push({
      constraint: { kind: isNumber ? 'min' : 'minLength', limit: min },
      holds: (value) => sizeOf(value) >= min,
    });
  }
  if (max !== undefined) {
    demands.push({
      constraint: { kind: isNumber ? 'max' : 'maxLength', limit: max },
      holds: (value) => sizeOf(value) <= max,
    });
  }
  return demands;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) return value.length;
  return value instanceof Uint8Array ? value.byteLength : Object.keys(value as object).length;
}

function enumDemand(values: readonly string[]): Demand {
  const known = new Set<unknown>(values);
  return { constraint: { kind: 'enum', values }, holds: (value) => known.has(value) };
}

function patternDemand(pattern: string, longest: number): Demand {
  let expression: RegExp | undefined;
  const isOneClass = /^\^?\(?\[(?:[^\]\\]|\\.)*\](?:[+*]|\{\d*,?\d*\})?\)?\$?$/.test(pattern);
  return {
    constraint: { kind: 'pattern', pattern },
    holds(value) {
      expression ??= javaPattern(pattern);
      const text = value as string;
      return (text.length > longest && !isOneClass) || expression.test(text);
    },
  };
}

/** Is anything demanded of this structure or of what it can hold? Shapes may contain themselves. */
function isConstrained(root: StructureShape): boolean {
  const seen = new Set<Shape>([root]);
  const queue: Shape[] = [root];
  for (let shape = queue.pop(); shape; shape = queue.pop()) {
    const parts =
      shape.type === 'structure'
        ? shape.members
        : shape.type === 'list'
          ? [shape.element]
          : shape.type === 'map'
            ? [shape.key, shape.value]
            : [];
    for (const part of parts) {
      if (part.required || demandsOf(part).length > 0) return true;
      if (seen.has(part.shape)) continue;
      seen.add(part.shape);
      queue.push(part.shape);
    }
  }
  return false;
}
