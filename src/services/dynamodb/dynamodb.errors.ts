// DynamoDB's errors, in its own words: applications match on them.

import { type AwsError, awsError, type ErrorFields } from '../../aws/errors.ts';

export function validationError(message: string): AwsError {
  return awsError('ValidationException', message);
}

/** The prefix of most of what DynamoDB finds wrong with values. */
export function invalidParameter(reason: string): AwsError {
  return validationError(`One or more parameter values were invalid: ${reason}`);
}

export function invalidExpression(kind: string, reason: string): AwsError {
  return validationError(`Invalid ${kind}: ${reason}`);
}

export function resourceNotFound(message = 'Requested resource not found'): AwsError {
  return awsError('ResourceNotFoundException', message);
}

export function tableNotFound(tableName: string): AwsError {
  return resourceNotFound(`Requested resource not found: Table: ${tableName} not found`);
}

export function resourceInUse(message: string): AwsError {
  return awsError('ResourceInUseException', message);
}

export function limitExceeded(message: string): AwsError {
  return awsError('LimitExceededException', message);
}

/** `item` is the one that was there, for those who asked with ReturnValuesOnConditionCheckFailure. */
export function conditionalCheckFailed(item?: ErrorFields): AwsError {
  return awsError('ConditionalCheckFailedException', 'The conditional request failed', 400, item && { Item: item });
}

export interface CancellationReason {
  readonly Code: string;
  readonly Message?: string;
  readonly Item?: unknown;
}

export function transactionCanceled(reasons: readonly CancellationReason[]): AwsError {
  const codes = reasons.map(({ Code }) => Code).join(', ');
  const message = `Transaction cancelled, please refer cancellation reasons for specific reasons [${codes}]`;
  return awsError('TransactionCanceledException', message, 400, { CancellationReasons: reasons });
}

export function keySchemaMismatch(): AwsError {
  return validationError('The provided key element does not match the schema');
}

/** Of a table, or of one of its global indexes; tables on demand have limits of their own only when users set some. */
export function throughputExceeded(
  table: { readonly tableArn: string; readonly isOnDemand: boolean },
  index: { readonly name: string } | undefined,
  kind: 'read' | 'write',
): AwsError {
  const resource = index ? `${table.tableArn}/index/${index.name}` : table.tableArn;
  const of = `${index ? 'Index' : 'Table'}${kind === 'read' ? 'Read' : 'Write'}`;
  if (table.isOnDemand)
    return awsError(
      'ThrottlingException',
      'Throughput exceeds the maximum OnDemandThroughput configured on table or index',
      400,
      { throttlingReasons: [{ reason: `${of}MaxOnDemandThroughputExceeded`, resource }] },
    );
  return awsError(
    'ProvisionedThroughputExceededException',
    index
      ? 'The level of configured provisioned throughput for one or more global secondary indexes of the table was exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the UpdateTable API'
      : 'The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning level with the UpdateTable API.',
    400,
    { ThrottlingReasons: [{ reason: `${of}ProvisionedThroughputExceeded`, resource }] },
  );
}

export function itemCollectionTooLarge(): AwsError {
  return awsError('ItemCollectionSizeLimitExceededException', 'Collection size exceeded.');
}

/** What AWS has and this service has not: refused by name. */
export function notBuilt(what: string): AwsError {
  return awsError('UnsupportedOperation', `cloudlet does not support ${what} in dynamodb yet.`);
}

export function accessDenied(
  { principal }: { readonly principal: { readonly arn: string } },
  operation: string,
  resourceArn: string,
): AwsError {
  return awsError(
    'AccessDeniedException',
    `User: ${principal.arn} is not authorized to perform: dynamodb:${operation} on resource: ${resourceArn} because no resource-based policy allows the dynamodb:${operation} action`,
  );
}

/** The exceptions of backups, restores, exports and imports, which say all in their code. */
export function fault(code: string, message: string): AwsError {
  return awsError(code, message);
}

export function policyNotFound(reason: string): AwsError {
  return awsError('PolicyNotFoundException', `Resource-based policy not found for the provided ResourceArn: ${reason}`);
}
