// Every error of Systems Manager, in AWS's codes and words.

import { type AwsError, awsError } from '../../aws/errors.ts';

export function validationException(message: string): AwsError {
  return awsError('ValidationException', message);
}

/** AWS says nothing more. */
export function parameterNotFound(): AwsError {
  return awsError('ParameterNotFound', '');
}

export function secretNotFound(name: string): AwsError {
  return awsError(
    'ParameterNotFound',
    `An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret ${name} not found.`,
  );
}

export function parameterVersionNotFound(name: string, version: number): AwsError {
  return awsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find version ${version} of ${name}. Verify the version and try again.`,
  );
}

export function parameterLabelNotFound(name: string, label: string): AwsError {
  return awsError(
    'ParameterVersionNotFound',
    `Systems Manager could not find label ${label} of ${name}. Verify the label and try again.`,
  );
}

export function parameterAlreadyExists(): AwsError {
  return awsError(
    'ParameterAlreadyExists',
    'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  );
}

export function invalidNextToken(): AwsError {
  return awsError('InvalidNextToken', 'The specified token is not valid.');
}

export function invalidResourceId(): AwsError {
  return awsError(
    'InvalidResourceId',
    'The resource ID is not valid. Verify that you entered the correct ID and try again.',
  );
}

export function notBuilt(what: string): AwsError {
  return awsError('UnsupportedOperation', `cloudlet does not support ${what} in Systems Manager yet.`);
}
