// Every error of EC2, in AWS's codes and words.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html

import { type AwsError, awsError } from '../../aws/errors.ts';

/** Ids that do not exist: "The instance IDs 'i-1, i-2' do not exist", in the singular for one. */
export function notFound(code: string, noun: string, ids: readonly string[]): AwsError {
  return ids.length === 1
    ? awsError(code, `The ${noun} ID '${ids[0]}' does not exist`)
    : awsError(code, `The ${noun} IDs '${ids.join(', ')}' do not exist`);
}

/** `Invalid id: "foo" (expecting "i-...")` */
export function malformedId(code: string, id: string, prefix: string): AwsError {
  return awsError(code, `Invalid id: "${id}" (expecting "${prefix}-...")`);
}

export function missingParameter(name: string): AwsError {
  return awsError('MissingParameter', `The request must contain the parameter ${name}`);
}

export function invalidParameterValue(message: string): AwsError {
  return awsError('InvalidParameterValue', message);
}

export function invalidParameterCombination(message: string): AwsError {
  return awsError('InvalidParameterCombination', message);
}

export function incorrectInstanceState(instanceId: string): AwsError {
  return awsError(
    'IncorrectInstanceState',
    `The instance '${instanceId}' is not in a state from which it can be started.`,
  );
}

export function unsupportedOperation(message: string): AwsError {
  return awsError('UnsupportedOperation', message);
}

export function idempotentParameterMismatch(): AwsError {
  return awsError(
    'IdempotentParameterMismatch',
    'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  );
}

/** `sealed` makes what sts:DecodeAuthorizationMessage takes. */
export function unauthorizedOperation(message: string, sealed: () => string): AwsError {
  return awsError(
    'UnauthorizedOperation',
    `You are not authorized to perform this operation. ${message}. Encoded authorization failure message: ${sealed()}`,
    403,
  );
}

export function notRunningOrStopped(instanceId: string): AwsError {
  return awsError(
    'IncorrectInstanceState',
    `The instance '${instanceId}' is not in the 'running' or 'stopped' states.`,
  );
}

export function existingAssociation(instanceId: string): AwsError {
  return awsError('IncorrectState', `There is an existing association for instance ${instanceId}`);
}

export function unknownProfileAssociation(associationId: string): AwsError {
  return awsError('InvalidAssociationID.NotFound', `An invalid association-id of '${associationId}' was given`);
}
