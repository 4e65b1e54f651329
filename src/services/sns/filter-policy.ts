// Filter policies: taken apart and checked when they are set, compiled into a test of messages when they are used.
// https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html

import { type Condition, parseCondition } from './filter-conditions.ts';
import { invalidParameter } from './sns.errors.ts';

export type FilterPolicyScope = 'MessageAttributes' | 'MessageBody';

/** Every key must be satisfied: by one of its conditions, by what is below it, or by one of several alternatives. */
export interface FilterNode {
  readonly leaves: readonly { readonly key: string; readonly conditions: readonly Condition[] }[];
  readonly nested: readonly { readonly key: string; readonly node: FilterNode }[];
  readonly alternatives: readonly (readonly FilterNode[])[];
}

const mostKeys = 5;
const mostCombinations = 150;
const deepestPolicy = 64;
const largestPolicyBytes = 262_144;

/** Throws AWS's error for a policy that it would not take. */
export function parseFilterPolicy(text: string, scope: FilterPolicyScope): FilterNode {
  if (Buffer.byteLength(text) > largestPolicyBytes) throw refuse('Filter policy is too long');
  const document = parseJson(text);
  if (!isObject(document)) throw refuse('Filter policy must be an object');
  const node = parseNode(document, 1);
  if (scope === 'MessageAttributes' && node.nested.length > 0)
    throw invalidParameter('Filter policy scope MessageAttributes does not support nested filter policy');
  if (keysOf(node) > mostKeys)
    throw invalidParameter(`FilterPolicy: Filter policy can not have more than ${mostKeys} keys`);
  if (combinationsOf(node, 1) > mostCombinations) throw refuse('Filter policy is too complex');
  return node;
}

const refuse = (reason: string) => invalidParameter(`FilterPolicy: ${reason}`);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw refuse('failed to parse JSON.');
  }
}

type JsonObject = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function parseNode(document: JsonObject, depth: number): FilterNode {
  if (depth > deepestPolicy) throw refuse('Filter policy is too complex');
  const leaves: FilterNode['leaves'][number][] = [];
  const nested: FilterNode['nested'][number][] = [];
  const alternatives: (readonly FilterNode[])[] = [];
  for (const [key, value] of Object.entries(document)) {
    if (key === '$or' && isListOfObjects(value)) alternatives.push(value.map((option) => parseNode(option, depth)));
    else if (Array.isArray(value)) {
      if (value.length === 0) throw refuse('Empty arrays are not allowed');
      leaves.push({ key, conditions: value.map(parseCondition) });
    } else if (isObject(value)) {
      if (Object.keys(value).length === 0) throw refuse('Empty objects are not allowed');
      nested.push({ key, node: parseNode(value, depth + 1) });
    } else throw refuse(`"${key}" must be an object or an array`);
  }
  return { leaves, nested, alternatives };
}

/** `$or` with at least two alternatives; anything else is a key of that name. */
const isListOfObjects = (value: unknown): value is readonly JsonObject[] =>
  Array.isArray(value) && value.length > 1 && value.every(isObject);

function keysOf({ leaves, nested, alternatives }: FilterNode): number {
  const inNested = nested.reduce((sum, { node }) => sum + keysOf(node), 0);
  const inAlternatives = alternatives.flat().reduce((sum, node) => sum + keysOf(node), 0);
  return leaves.length + inNested + inAlternatives;
}

/** The product, over all keys, of the number of their values times their depth. Alternatives add up. */
function combinationsOf({ leaves, nested, alternatives }: FilterNode, depth: number): number {
  let product = 1;
  for (const { conditions } of leaves) product *= conditions.reduce((sum, { count }) => sum + count, 0) * depth;
  for (const { node } of nested) product *= combinationsOf(node, depth + 1);
  for (const options of alternatives) product *= options.reduce((sum, node) => sum + combinationsOf(node, depth), 0);
  return product;
}
