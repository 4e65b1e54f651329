// Every error of STS, in AWS's codes and words.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html#API_AssumeRole_Errors

import { type AwsError, awsError } from '../../aws/errors.ts';

export const accessDenied = (message: string): AwsError => awsError('AccessDenied', message, 403);

export const validationError = (message: string): AwsError => awsError('ValidationError', message);

/** What is wrong with tags. */
export const invalidParameterValue = (message: string): AwsError => awsError('InvalidParameterValue', message);

export const malformedPolicyDocument = (message: string): AwsError => awsError('MalformedPolicyDocument', message);

export const packedPolicyTooLarge = (percent: number): AwsError =>
  awsError(
    'PackedPolicyTooLarge',
    `Packed size of session policies and tags consumes ${percent}% of allotted space, please use smaller policy.`,
  );

export const invalidMfaCode = (): AwsError =>
  accessDenied('MultiFactorAuthentication failed with invalid MFA one time pass code. ');

export const invalidIdentityToken = (message: string): AwsError => awsError('InvalidIdentityToken', message);

export const idpRejectedClaim = (message: string): AwsError => awsError('IDPRejectedClaim', message, 403);

export const idpCommunicationError = (): AwsError =>
  awsError(
    'IDPCommunicationError',
    'The identity provider (IDP) that was asked to verify the incoming identity token could not be reached.',
  );

export const expiredToken = (message: string): AwsError => awsError('ExpiredTokenException', message);

export const invalidAuthorizationMessage = (): AwsError =>
  awsError('InvalidAuthorizationMessageException', 'Message is not valid');

export const outboundFederationDisabled = (): AwsError =>
  awsError(
    'OutboundWebIdentityFederationDisabledException',
    'Outbound web identity federation is not enabled for this account.',
    403,
  );

export const sessionDurationEscalation = (): AwsError =>
  awsError(
    'SessionDurationEscalationException',
    'The requested token duration would extend beyond the expiration of the calling session.',
    403,
  );
