// Names and ARNs. A name is shown as it was given, but two names that differ in case only are the same one, so rows are
// kept under the name in lower case. ARNs are told apart by case.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html

import { formatArn } from '../../aws/arn.ts';
import { validationError } from './iam.errors.ts';

export const keyOf = (name: string): string => name.toLowerCase();

/** `resource` is `user`, `role`, …; a path begins and ends with a slash. */
export function iamArn(account: string, resource: string, path: string, name: string): string {
  return formatArn({ service: 'iam', region: '', account, resource: `${resource}${path}${name}` });
}

/** The last part of `user/division/name`, or of such an ARN. */
export const nameInArn = (arn: string): string => arn.slice(arn.lastIndexOf('/') + 1);

/** Besides the model's pattern: no empty part. */
export function checkPath(path: string, parameter = 'path'): string {
  if (/^\/$|^(\/[\x21-\x2e\x30-\x7e]+)+\/$/.test(path)) return path;
  throw validationError(
    `The specified value for ${parameter} is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.`,
  );
}
