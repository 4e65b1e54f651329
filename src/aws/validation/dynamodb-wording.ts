// DynamoDB checks some constraints in its own front, ahead of the framework: those it words differently, and it tells
// enums in an order of its own.

import { type AwsError, awsError } from '../errors.ts';
import type { OperationModel } from '../model.ts';
import type { Constraint, PathStep, Violation } from './constraints.ts';

/** Enums as DynamoDB lists them, by the names of their shapes. */
const enumOrders: Readonly<Record<string, readonly string[]>> = {
  Select: ['SPECIFIC_ATTRIBUTES', 'COUNT', 'ALL_ATTRIBUTES', 'ALL_PROJECTED_ATTRIBUTES'],
  ScalarAttributeType: ['B', 'N', 'S'],
  ReturnValue: ['ALL_NEW', 'UPDATED_OLD', 'ALL_OLD', 'NONE', 'UPDATED_NEW'],
  ProjectionType: ['ALL', 'INCLUDE', 'KEYS_ONLY'],
  ConditionalOperator: ['OR', 'AND'],
  AttributeAction: ['ADD', 'DELETE', 'PUT'],
  ComparisonOperator: [
    'IN',
    'NULL',
    'BETWEEN',
    'LT',
    'NOT_CONTAINS',
    'EQ',
    'GT',
    'NOT_NULL',
    'NE',
    'LE',
    'BEGINS_WITH',
    'GE',
    'CONTAINS',
  ],
};

/** The same violations as DynamoDB would find them, or the error that it answers before it looks at the others. */
export function dynamodbViolations(
  operation: OperationModel,
  violations: readonly Violation[],
  input: unknown,
): readonly Violation[] | AwsError {
  // A table's name may be an ARN, so the model does not say what it must look like; still it is looked at first.
  const { TableName } = input as { readonly TableName?: string };
  const demand = TableName === undefined || TableName === '' ? undefined : tableNameFault(TableName);
  if (demand !== undefined) return awsError('ValidationException', tableNameMessage(TableName as string, demand));
  for (const { path, constraint, value } of violations) {
    const own = ownMessage(operation.name, path, constraint, value);
    if (own !== undefined) return awsError('ValidationException', own);
  }
  return inOrder(operation.name, withNames(operation, violations, input)).map((violation) => {
    const values = violation.constraint.kind === 'enum' ? enumOrders[violation.shape.name] : undefined;
    return values ? { ...violation, constraint: { kind: 'enum', values } } : violation;
  });
}

/** Members in the order in which an operation looks at them, where it is not the model's. */
const memberOrders: Readonly<Record<string, readonly string[]>> = {
  CreateTable: ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes'],
  UpdateItem: ['ReturnConsumedCapacity', 'ConditionalOperator', 'TableName', 'ReturnValues', 'Key'],
};

function inOrder(operation: string, violations: readonly Violation[]): readonly Violation[] {
  const order = Object.hasOwn(memberOrders, operation) ? memberOrders[operation] : undefined;
  if (!order) return violations;
  const rank = ({ path }: Violation) => order.indexOf(memberName(path[0]) ?? '');
  const ordered = violations.filter((one) => rank(one) >= 0).sort((a, b) => rank(a) - rank(b));
  let next = 0;
  return violations.map((one) => (rank(one) < 0 ? one : (ordered[next++] as Violation)));
}

type RequestItems = Readonly<Record<string, unknown>>;

/** BatchGetItem tells of names of tables together with all else, BatchWriteItem when there is nothing else. */
function withNames(operation: OperationModel, violations: readonly Violation[], input: unknown): readonly Violation[] {
  const { RequestItems: items } = input as { readonly RequestItems?: RequestItems };
  const member = operation.input?.members.find(({ name }) => name === 'RequestItems');
  if (operation.name !== 'BatchGetItem' || !items || !member || !hasWrongName(items)) return violations;
  const names: Violation = {
    path: [member],
    value: jsonOf(items),
    constraint: { kind: 'keys', demands: namesDemands },
    shape: member.shape,
  };
  return [names, ...violations];
}

const hasWrongName = (items: RequestItems): boolean =>
  Object.keys(items).some((name) => tableNameFault(name) !== undefined);

const namesDemands: readonly Constraint[] = [
  { kind: 'pattern', pattern: '[a-zA-Z0-9_.-]+' },
  { kind: 'minLength', limit: 3 },
  { kind: 'maxLength', limit: 255 },
];

/** What is wrong with a batch in which nothing is wrong but the name of a table. */
export function batchNamesFault(operation: 'BatchGetItem' | 'BatchWriteItem', items: RequestItems): string | undefined {
  if (!hasWrongName(items)) return undefined;
  const shown = operation === 'BatchGetItem' ? jsonOf(items) : javaOfWrites(items);
  return `1 validation error detected: Value '${shown}' at 'requestItems' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 255, Member must have length greater than or equal to 3, Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+]`;
}

function jsonOf(items: RequestItems): string {
  return JSON.stringify(items, (_name, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value,
  );
}

/** The classes of AWS's own that requests of a batch become, with all that they have. */
function javaOfWrites(items: RequestItems): string {
  const tables = Object.entries(items as Readonly<Record<string, readonly Write[]>>).map(
    ([name, writes]) => `${name}=[${writes.map(javaOfWrite).join(', ')}]`,
  );
  return `{${tables.join(', ')}}`;
}

interface Write {
  readonly PutRequest?: { readonly Item: RequestItems };
  readonly DeleteRequest?: { readonly Key: RequestItems };
}

function javaOfWrite({ PutRequest: put, DeleteRequest: remove }: Write): string {
  const shownPut = put ? `PutRequest(item=${javaOfItem(put.Item)}, workloadProfileName=null)` : 'null';
  const shownDelete = remove ? `DeleteRequest(key=${javaOfItem(remove.Key)}, workloadProfileName=null)` : 'null';
  return `WriteRequest(putRequest=${shownPut}, deleteRequest=${shownDelete})`;
}

const javaOfItem = (item: RequestItems): string =>
  `{${Object.entries(item)
    .map(([name, value]) => `${name}=${javaOfValue(value as RequestItems)}`)
    .join(', ')}}`;

/** In the order of that class. */
const valueMembers = 'S N B INT DECIMAL DOUBLE SS NS BS INTSET DECIMALSET DOUBLESET M L NULL BOOL'.split(' ');

function javaOfValue(value: RequestItems): string {
  const shown = (given: unknown): string => {
    if (given === undefined) return 'null';
    if (given instanceof Uint8Array) return 'java.nio.HeapByteBuffer';
    if (Array.isArray(given)) return `[${given.map(element).join(', ')}]`;
    return typeof given === 'object' && given !== null ? javaOfItem(given as RequestItems) : String(given);
  };
  const element = (one: unknown): string =>
    typeof one === 'object' && one !== null && !(one instanceof Uint8Array)
      ? javaOfValue(one as RequestItems)
      : shown(one);
  const members = valueMembers.map((name) => `${name.charAt(0).toLowerCase()}${name.slice(1)}=${shown(value[name])}`);
  return `AttributeValue(${members.join(', ')})`;
}

/** What is demanded of a name and not met. */
export function tableNameFault(name: string): string | undefined {
  if (name.startsWith('arn:')) return undefined;
  if (name.length > 255) return 'have length less than or equal to 255';
  if (!/^[a-zA-Z0-9_.-]+$/.test(name)) return 'satisfy regular expression pattern: [a-zA-Z0-9_.-]+';
  return name.length < 3 ? 'have length greater than or equal to 3' : undefined;
}

export function tableNameMessage(name: string, demand: string): string {
  return `1 validation error detected: Value '${name}' at 'tableName' failed to satisfy constraint: Member must ${demand}`;
}

function ownMessage(
  operation: string,
  path: readonly PathStep[],
  constraint: Constraint,
  value: unknown,
): string | undefined {
  const name = memberName(path[0]);
  const isTop = path.length === 1;
  if (operation === 'CreateTable' && isTop && name === 'TableName' && constraint.kind === 'required')
    return `The parameter 'TableName' is required but was not present in the request`;
  if (operation === 'Query' && isTop && name === 'Limit' && constraint.kind === 'min')
    return `1 validation error detected: Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1`;
  if (name !== 'RequestItems') return undefined;
  const isEmpty = typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  if (isTop && (constraint.kind === 'required' || (constraint.kind === 'minLength' && isEmpty)))
    return `The requestItems parameter is required for ${operation}`;
  if (operation !== 'BatchGetItem' || memberName(path.at(-1)) !== 'Keys') return undefined;
  if (constraint.kind !== 'maxLength' && constraint.kind !== 'minLength') return undefined;
  const demand = constraint.kind === 'maxLength' ? 'less' : 'greater';
  return `1 validation error detected: Value at 'RequestItems.${String(path[1])}.member.Keys' failed to satisfy constraint: Member must have length ${demand} than or equal to ${constraint.limit}`;
}

function memberName(step: PathStep | undefined): string | undefined {
  return typeof step === 'object' ? step.name : undefined;
}
