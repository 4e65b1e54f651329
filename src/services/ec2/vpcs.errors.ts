// The errors of VPCs and of what they consist of, in AWS's codes and words.

import { type AwsError, awsError } from '../../aws/errors.ts';
import { unsupportedOperation } from './ec2.errors.ts';

/** "The vpc 'vpc-…' has dependencies and cannot be deleted." */
export function hasDependencies(noun: string, id: string): AwsError {
  return awsError('DependencyViolation', `The ${noun} '${id}' has dependencies and cannot be deleted.`);
}

export function noCidrBlock(): AwsError {
  return awsError('MissingParameter', "Either 'cidrBlock' or 'ipv4IpamPoolId' should be provided.");
}

export function notACidrBlock(text: string): AwsError {
  return awsError(
    'InvalidParameterValue',
    `Value (${text}) for parameter cidrBlock is invalid. This is not a valid CIDR block.`,
  );
}

export function notInZone(zone: string, zones: readonly string[]): AwsError {
  return awsError(
    'InvalidParameterValue',
    `Value (${zone}) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: ${zones.join(', ')}.`,
  );
}

/** Refuses, by name, those of `members` that the request has: what would have to be pretended. */
export function refuseMembers<Input extends object>(
  operation: string,
  input: Input,
  members: readonly (keyof Input & string)[],
): void {
  const isAsked = (value: unknown): boolean => {
    if (value === undefined || value === false) return false;
    if (Array.isArray(value)) return value.length > 0;
    return !(typeof value === 'object' && value !== null && 'Value' in value && value.Value === false);
  };
  const asked = members.find((member) => isAsked(input[member]));
  if (asked !== undefined) throw unsupportedOperation(`cloudlet does not support ${asked} in ${operation} yet.`);
}
