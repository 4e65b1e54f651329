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
  return violations.map((violation) => {
    const values = violation.constraint.kind === 'enum' ? enumOrders[violation.shape.name] : undefined;
    return values ? { ...violation, constraint: { kind: 'enum', values } } : violation;
  });
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
  if (operation === 'BatchGetItem' && memberName(path.at(-1)) === 'Keys' && constraint.kind === 'maxLength')
    return `1 validation error detected: Value at 'RequestItems.${String(path[1])}.member.Keys' failed to satisfy constraint: Member must have length less than or equal to ${constraint.limit}`;
  return undefined;
}

function memberName(step: PathStep | undefined): string | undefined {
  return typeof step === 'object' ? step.name : undefined;
}
