// Every error of IAM, in AWS's codes and words.

import { type AwsError, awsError } from '../../aws/errors.ts';

export const noSuchEntity = (message: string): AwsError => awsError('NoSuchEntity', message);
export const entityAlreadyExists = (message: string): AwsError => awsError('EntityAlreadyExists', message);
export const deleteConflict = (message: string): AwsError => awsError('DeleteConflict', message);
export const invalidInput = (message: string): AwsError => awsError('InvalidInput', message);
export const validationError = (message: string): AwsError => awsError('ValidationError', message);
export const malformedPolicy = (message: string): AwsError => awsError('MalformedPolicyDocument', message);
export const limitExceeded = (message: string): AwsError => awsError('LimitExceeded', message);

/** What there may be only so many of: `AccessKeysPerUser`. */
export const quotaExceeded = (quota: string, most: number): AwsError =>
  limitExceeded(`Cannot exceed quota for ${quota}: ${most}`);

const cannotBeFound = (what: string): AwsError => noSuchEntity(`${what} cannot be found.`);

export const noSuchUser = (name: string): AwsError => cannotBeFound(`The user with name ${name}`);
export const noSuchGroup = (name: string): AwsError => cannotBeFound(`The group with name ${name}`);
export const noSuchRole = (name: string): AwsError => cannotBeFound(`The role with name ${name}`);
export const noSuchInstanceProfile = (name: string): AwsError => cannotBeFound(`Instance Profile ${name}`);
export const noSuchAccessKey = (id: string): AwsError => cannotBeFound(`The Access Key with id ${id}`);
export const noSuchInlinePolicy = (holder: string, name: string): AwsError =>
  cannotBeFound(`The ${holder} policy with name ${name}`);
export const noSuchLoginProfile = (user: string): AwsError => cannotBeFound(`Login Profile for User ${user}`);
export const noSuchServerCertificate = (name: string): AwsError =>
  cannotBeFound(`The Server Certificate with name ${name}`);
export const noSuchSigningCertificate = (id: string): AwsError => cannotBeFound(`The Certificate with id ${id}`);
export const noSuchPublicKey = (id: string): AwsError => cannotBeFound(`The Public Key with id ${id}`);
export const noSuchServiceCredential = (id: string): AwsError => noSuchEntity(`No such credential ${id} exists`);
/** Not `NotSupportedService`, which the model has for it. */
export const noCredentialsForService = (name: string): AwsError =>
  noSuchEntity(`No such service ${name} is supported for Service Specific Credentials`);
export const noSuchOidcProvider = (arn: string): AwsError =>
  noSuchEntity(`OpenIDConnect Provider not found for arn ${arn}`);
export const noSuchSamlProvider = (arn: string): AwsError => noSuchEntity(`SAMLProvider not found for arn ${arn}`);

export const noSuchPolicy = (arn: string): AwsError => noSuchEntity(`Policy ${arn} was not found.`);
export const policyNotUsable = (arn: string): AwsError =>
  noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);
export const noSuchPolicyVersion = (arn: string, version: string): AwsError =>
  noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`);
export const invalidArn = (arn: string): AwsError =>
  /^arn(?::[^:]*){4}:./.test(arn)
    ? invalidInput(`ARN ${arn} is not valid.`)
    : validationError('Invalid ARN:  Could not be parsed!');

export const noSuchMfaDevice = (serial: string): AwsError =>
  noSuchEntity(`VirtualMFADevice with serial number ${serial} doesn't exist.`);
export const mfaDeviceNotEnabled = (serial: string, user: string): AwsError =>
  noSuchEntity(`MFA Device with serial number ${serial} does not exist for user ${user}.`);
export const invalidAuthenticationCode = (): AwsError =>
  awsError('InvalidAuthenticationCode', 'Authentication code for device is not valid.');

export const mustSpecifyUserName = (): AwsError =>
  validationError('Must specify userName when calling with non-User credentials');

/** Of roles that services made for themselves. */
export const unmodifiableRole = (name: string): AwsError =>
  awsError(
    'UnmodifiableEntity',
    `Cannot perform the operation on the protected role '${name}' - this role is only modifiable by AWS`,
  );

/** Of what AWS owns, in an account that is not AWS's. */
export const accessDenied = (principalArn: string, action: string, resource: string): AwsError =>
  awsError(
    'AccessDenied',
    `User: ${principalArn} is not authorized to perform: iam:${action} on resource: ${resource}`,
    403,
  );

export const organizationNotFound = (): AwsError =>
  awsError('OrganizationNotFoundException', 'The account is not a member of an organization.');
export const callerIsNotManagementAccount = (): AwsError =>
  awsError('CallerIsNotManagementAccountException', 'Only the management account of the organization may do this.');
export const organizationNotInAllFeaturesMode = (): AwsError =>
  awsError('OrganizationNotInAllFeaturesModeException', 'The organization does not have all features enabled.');
export const serviceAccessNotEnabled = (): AwsError =>
  awsError('ServiceAccessNotEnabledException', 'Trusted access is not enabled for IAM in AWS Organizations.');

export const featureEnabled = (): AwsError =>
  awsError('FeatureEnabled', 'Outbound web identity federation is already enabled for this account.', 409);
export const featureDisabled = (): AwsError =>
  awsError('FeatureDisabled', 'Outbound web identity federation is not enabled for this account.', 404);
