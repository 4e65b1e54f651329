// Whether a message passes a subscription's filter policy. Compiled policies are kept by their text: the same one is
// asked for every message of its topic.

import type { MessageAttribute } from '../../drivers/messages/messages.ts';
import { absent, type Condition } from './filter-conditions.ts';
import { type FilterNode, type FilterPolicyScope, parseFilterPolicy } from './filter-policy.ts';

export interface FilteredMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, MessageAttribute>> | undefined;
}

const compiled = new Map<string, FilterNode>();
const mostCompiled = 10_000;

export function passesFilter(policy: string, scope: FilterPolicyScope, message: FilteredMessage): boolean {
  const key = `${scope} ${policy}`;
  let node = compiled.get(key);
  if (!node) {
    node = parseFilterPolicy(policy, scope);
    if (compiled.size >= mostCompiled) compiled.clear();
    compiled.set(key, node);
  }
  if (isEmpty(node)) return true;
  if (scope === 'MessageAttributes') return matches(node, attributeValues(message.attributes ?? {}));
  const body = parsedBody(message.body);
  return body !== undefined && matches(node, body);
}

const isEmpty = ({ leaves, nested, alternatives }: FilterNode): boolean =>
  leaves.length + nested.length + alternatives.length === 0;

/** A body that is no JSON object passes no policy. */
function parsedBody(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** As the policy sees them: numbers as such, arrays as their elements; binary values are only there. */
function attributeValues(attributes: Readonly<Record<string, MessageAttribute>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(attributes).map(([name, attribute]) => [name, attributeValue(attribute)]));
}

const isThere = Symbol('is there');

function attributeValue({ dataType, value }: MessageAttribute): unknown {
  if (typeof value !== 'string') return isThere;
  if (dataType === 'Number' || dataType.startsWith('Number.')) return Number(value);
  if (dataType !== 'String.Array') return value;
  // AWS takes a single value for an array of one.
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed) ? value : parsed;
  } catch {
    return value;
  }
}

/** Of an array, one element has to match all of it. */
function matches(node: FilterNode, value: unknown): boolean {
  if (Array.isArray(value)) return flat(value).some((element) => matches(node, element));
  const fields = typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  const at = (key: string): unknown => (Object.hasOwn(fields, key) ? fields[key] : absent);
  return (
    node.leaves.every(({ key, conditions }) => matchesLeaf(conditions, at(key))) &&
    node.nested.every(({ key, node: inner }) => matches(inner, at(key))) &&
    node.alternatives.every((options) => options.some((option) => matches(option, value)))
  );
}

function matchesLeaf(conditions: readonly Condition[], value: unknown): boolean {
  const values = Array.isArray(value) ? flat(value) : [value];
  return conditions.some(({ holds }) => values.some((one) => holds(one)) || (values.length === 0 && holds(isThere)));
}

/** What arrays in arrays hold, in any order. A message may have more of them than the stack has room for. */
function flat(array: readonly unknown[]): readonly unknown[] {
  if (!array.some(Array.isArray)) return array;
  const elements: unknown[] = [];
  const arrays = [array];
  for (let next = arrays.pop(); next; next = arrays.pop()) {
    for (const element of next) (Array.isArray(element) ? arrays : elements).push(element);
  }
  return elements;
}
