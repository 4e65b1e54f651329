// What a request says of items, for conditions of policies: partition keys and names of attributes. Worked out only when
// a policy asks, by the parsers that the operations use; what they refuse has no keys, and the operation then says why.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html

import { AwsError } from '../../aws/errors.ts';
import type { AttributeValue, QueryInput } from '../../generated/dynamodb.types.ts';
import { acceptValue, contentOf } from './attribute-value.ts';
import { bindCondition } from './expressions/condition.ts';
import { keyConditionsOf } from './expressions/key-condition.ts';
import { legacyKeyConditions } from './expressions/legacy-conditions.ts';
import { openPlaceholders } from './expressions/placeholders.ts';
import { type ExpressionKind, openExpression } from './expressions/tokens.ts';
import type { KeyPart } from './table-layout.ts';

type AttributeMap = Readonly<Record<string, AttributeValue>>;

/** The values of the partition key, as text. */
export function leadingKeys(hash: readonly KeyPart[], items: readonly AttributeMap[]): readonly string[] {
  return unlessRefused(() =>
    items.flatMap((item) =>
      hash.slice(0, 1).flatMap(({ name }) => (Object.hasOwn(item, name) ? textOf(item[name] as AttributeValue) : [])),
    ),
  );
}

const textOf = (value: AttributeValue): string => String(contentOf(acceptValue(value)));

export function leadingKeysOfQuery(hash: readonly KeyPart[], input: QueryInput): readonly string[] {
  return unlessRefused(() => {
    const conditions =
      input.KeyConditionExpression === undefined
        ? legacyKeyConditions(input.KeyConditions ?? {})
        : keyConditionsOf(
            bindCondition('KeyConditionExpression', input.KeyConditionExpression, openPlaceholders(input)),
          );
    return hash
      .slice(0, 1)
      .flatMap(({ name }) => conditions.get(name)?.values.map((value) => String(contentOf(value))) ?? []);
  });
}

function unlessRefused(read: () => readonly string[]): readonly string[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof AwsError) return [];
    throw error;
  }
}

/** The members of requests that name attributes. */
export interface Attributed {
  readonly Key?: AttributeMap;
  readonly Keys?: readonly AttributeMap[];
  readonly Item?: AttributeMap;
  readonly AttributesToGet?: readonly string[] | undefined;
  readonly AttributeUpdates?: object | undefined;
  readonly Expected?: object | undefined;
  readonly KeyConditions?: object | undefined;
  readonly QueryFilter?: object | undefined;
  readonly ScanFilter?: object | undefined;
  readonly ConditionExpression?: string | undefined;
  readonly FilterExpression?: string | undefined;
  readonly KeyConditionExpression?: string | undefined;
  readonly ProjectionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
}

const expressions: readonly ExpressionKind[] = [
  'ConditionExpression',
  'FilterExpression',
  'KeyConditionExpression',
  'ProjectionExpression',
  'UpdateExpression',
];

/** Names of attributes at the top of items, each once. */
export function attributeNames(input: Attributed): readonly string[] {
  const { Key, Keys = [], Item, AttributesToGet = [], AttributeUpdates, Expected } = input;
  const { KeyConditions, QueryFilter, ScanFilter } = input;
  const maps = [Key, ...Keys, Item, AttributeUpdates, Expected, KeyConditions, QueryFilter, ScanFilter];
  const names = new Set([...maps.flatMap((map) => Object.keys(map ?? {})), ...AttributesToGet]);
  for (const kind of expressions) {
    const text = input[kind];
    if (text !== undefined) for (const name of namesInExpression(kind, text, input)) names.add(name);
  }
  return [...names];
}

const words = new Set(['AND', 'OR', 'NOT', 'IN', 'BETWEEN', 'SET', 'REMOVE', 'ADD', 'DELETE']);

function namesInExpression(kind: ExpressionKind, text: string, input: Attributed): readonly string[] {
  return unlessRefused(() => {
    const names: string[] = [];
    const cursor = openExpression(kind, text);
    let isNested = false;
    for (let token = cursor.take(); token.kind !== 'end'; token = cursor.take()) {
      const isCall = cursor.peek().text === '(';
      if (token.kind === 'nameRef' && !isNested) {
        const name = input.ExpressionAttributeNames?.[token.text];
        if (name !== undefined) names.push(name);
      } else if (token.kind === 'name' && !isNested && !isCall && !words.has(token.text.toUpperCase())) {
        names.push(token.text);
      }
      isNested = token.text === '.';
    }
    return names;
  });
}
