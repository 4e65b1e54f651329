// Whether a message passes a subscription's filter policy. Compiled policies are kept by their text: many subscriptions
// have the same one.

import type { MessageAttribute } from '../../drivers/messages/messages.ts';
import { absent, type Condition } from './filter-conditions.ts';
import { type FilterNode, type FilterPolicyScope, parseFilterPolicy } from './filter-policy.ts';

export type Filter = (message: FilteredMessage) => boolean;

/** A message as filters see it, taken apart once for all of them. */
export class FilteredMessage {
  readonly #body: string;
  readonly #attributes: Readonly<Record<string, MessageAttribute>> | undefined;
  #parsed: { readonly body: unknown } | undefined;
  #values: Readonly<Record<string, unknown>> | undefined;

  constructor(body: string, attributes: Readonly<Record<string, MessageAttribute>> | undefined) {
    this.#body = body;
    this.#attributes = attributes;
  }

  /** Undefined when it is no JSON object. */
  get parsed(): unknown {
    this.#parsed ??= { body: parsedBody(this.#body) };
    return this.#parsed.body;
  }

  get values(): Readonly<Record<string, unknown>> {
    this.#values ??= attributeValues(this.#attributes ?? {});
    return this.#values;
  }
}

const compiled = new Map<string, Filter>();
const mostCompiled = 10_000;

export function filterOf(policy: string, scope: FilterPolicyScope): Filter {
  const key = `${scope} ${policy}`;
  let filter = compiled.get(key);
  if (!filter) {
    filter = compile(parseFilterPolicy(policy, scope), scope);
    if (compiled.size >= mostCompiled) compiled.clear();
    compiled.set(key, filter);
  }
  return filter;
}

function compile(node: FilterNode, scope: FilterPolicyScope): Filter {
  if (isEmpty(node)) return () => true;
  if (scope === 'MessageAttributes') return ({ values }) => matches(node, values);
  return ({ parsed }) => parsed !== undefined && matches(node, parsed);
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
  return (
    node.leaves.every(({ key, conditions }) => valuesAt(value, key).some((found) => matchesLeaf(conditions, found))) &&
    node.nested.every(({ key, node: inner }) => valuesAt(value, key).some((found) => matches(inner, found))) &&
    node.alternatives.every((options) => options.some((option) => matches(option, value)))
  );
}

const nothingThere: readonly unknown[] = [absent];

/** A key with dots is a path, too, into a message that has objects in objects. */
function valuesAt(value: unknown, key: string): readonly unknown[] {
  const fields = isObject(value) ? value : undefined;
  if (!key.includes('.')) return fields && Object.hasOwn(fields, key) ? [fields[key]] : nothingThere;
  const found: unknown[] = [];
  collectAt(value, key, found);
  return found.length === 0 ? nothingThere : found;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function collectAt(value: unknown, path: string, found: unknown[]): void {
  if (Array.isArray(value)) {
    for (const element of flat(value)) collectAt(element, path, found);
    return;
  }
  if (!isObject(value)) return;
  if (Object.hasOwn(value, path)) found.push(value[path]);
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const head = path.slice(0, dot);
    if (Object.hasOwn(value, head)) collectAt(value[head], path.slice(dot + 1), found);
  }
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
