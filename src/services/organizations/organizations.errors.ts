// Every error of Organizations, in AWS's codes and words.
// https://docs.aws.amazon.com/organizations/latest/APIReference/CommonErrors.html

import { type AwsError, awsError } from '../../aws/errors.ts';

export const notInUse = (): AwsError =>
  awsError('AWSOrganizationsNotInUseException', 'Your account is not a member of an organization.');
export const alreadyInOrganization = (): AwsError =>
  awsError('AlreadyInOrganizationException', 'The provided account is already a member of an organization.');
export const accessDenied = (): AwsError =>
  awsError('AccessDeniedException', "You don't have permissions to access this resource.");
export const organizationNotEmpty = (): AwsError =>
  awsError(
    'OrganizationNotEmptyException',
    'To delete an organization you must first remove all member accounts (except the master).',
  );
export const masterCannotLeave = (): AwsError =>
  awsError('MasterCannotLeaveOrganizationException', 'You cannot remove the management account from the organization.');

export const accountNotFound = (): AwsError =>
  awsError('AccountNotFoundException', "You specified an account that doesn't exist.");
export const accountAlreadyClosed = (): AwsError =>
  awsError('AccountAlreadyClosedException', 'The provided account is already closed.');
export const duplicateAccount = (): AwsError =>
  awsError('DuplicateAccountException', 'That account is already present in the specified destination.');
export const createStatusNotFound = (): AwsError =>
  awsError('CreateAccountStatusNotFoundException', "You specified a create account request that doesn't exist.");

export const rootNotFound = (): AwsError =>
  awsError('RootNotFoundException', "You specified a root that doesn't exist.");
export const parentNotFound = (): AwsError =>
  awsError('ParentNotFoundException', "You specified parent that doesn't exist.");
export const sourceParentNotFound = (): AwsError =>
  awsError('SourceParentNotFoundException', "You specified a source parent that doesn't exist.");
export const destinationParentNotFound = (): AwsError =>
  awsError('DestinationParentNotFoundException', "You specified a destination parent that doesn't exist.");
export const childNotFound = (): AwsError =>
  awsError('ChildNotFoundException', "You specified a child that doesn't exist.");
export const targetNotFound = (): AwsError =>
  awsError('TargetNotFoundException', "You specified a target that doesn't exist.");

export const unitNotFound = (): AwsError =>
  awsError('OrganizationalUnitNotFoundException', "You specified an organizational unit that doesn't exist.");
export const unitNotEmpty = (): AwsError =>
  awsError(
    'OrganizationalUnitNotEmptyException',
    'To delete an organizational unit you must first remove all accounts and child organizational units.',
  );
export const duplicateUnit = (): AwsError =>
  awsError('DuplicateOrganizationalUnitException', 'An OU with the same name already exists.');

export const policyNotFound = (): AwsError =>
  awsError('PolicyNotFoundException', "You specified a policy that doesn't exist.");
export const duplicatePolicy = (): AwsError =>
  awsError('DuplicatePolicyException', 'A policy with the same name already exists.');
export const policyInUse = (): AwsError =>
  awsError(
    'PolicyInUseException',
    'The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts before performing this operation.',
  );
export const malformedPolicy = (): AwsError =>
  awsError(
    'MalformedPolicyDocumentException',
    'The provided policy document does not meet the requirements of the specified policy type.',
  );
export const duplicateAttachment = (): AwsError =>
  awsError('DuplicatePolicyAttachmentException', 'The selected policy is already attached to the specified target.');
export const policyNotAttached = (): AwsError =>
  awsError('PolicyNotAttachedException', "The policy isn't attached to the specified target in the specified root.");
export const policyTypeNotEnabled = (): AwsError =>
  awsError('PolicyTypeNotEnabledException', 'This operation can be performed only for enabled policy types.');
export const policyTypeAlreadyEnabled = (): AwsError =>
  awsError('PolicyTypeAlreadyEnabledException', 'The specified policy type is already enabled.');
export const policyTypeNotAvailable = (): AwsError =>
  awsError(
    'PolicyTypeNotAvailableForOrganizationException',
    'You can use the specified policy type only with an organization that has all features enabled.',
  );

export const handshakeNotFound = (): AwsError =>
  awsError('HandshakeNotFoundException', "You specified a handshake that doesn't exist.");
export const duplicateHandshake = (): AwsError =>
  awsError('DuplicateHandshakeException', 'A handshake with the same action and target already exists.');
export const handshakeAlreadyInState = (state: string): AwsError =>
  awsError('HandshakeAlreadyInStateException', `The specified handshake is already in the ${state} state.`);
export const invalidHandshakeTransition = (state: string): AwsError =>
  awsError('InvalidHandshakeTransitionException', `The specified handshake is in the ${state} state.`);
export const alreadyInAnOrganization = (): AwsError =>
  awsError(
    'HandshakeConstraintViolationException',
    'The provided account is already a member of an organization.',
    400,
    { Reason: 'ALREADY_IN_AN_ORGANIZATION' },
  );

const violations = {
  ACCOUNT_NUMBER_LIMIT_EXCEEDED: 'You have exceeded the allowed number of AWS accounts.',
  OU_NUMBER_LIMIT_EXCEEDED: 'You have exceeded the allowed number of organizational units.',
  OU_DEPTH_LIMIT_EXCEEDED: 'You have exceeded the allowed depth of organizational units.',
  POLICY_NUMBER_LIMIT_EXCEEDED: 'You have exceeded the allowed number of policies.',
  POLICY_CONTENT_LIMIT_EXCEEDED: 'You have exceeded the maximum policy size.',
  MAX_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED:
    'You have attached the maximum number of policies to the specified target.',
  MIN_POLICY_TYPE_ATTACHMENT_LIMIT_EXCEEDED:
    'You cannot remove the last policy attached to the specified target. You must have at least one attached at all times.',
  MAX_TAG_LIMIT_EXCEEDED: 'You have exceeded the allowed number of tags.',
  CANNOT_CLOSE_MANAGEMENT_ACCOUNT: 'You cannot close the management account.',
} as const;

export const constraintViolation = (Reason: keyof typeof violations): AwsError =>
  awsError('ConstraintViolationException', violations[Reason], 400, { Reason });

const faults = {
  INVALID_NEXT_TOKEN: 'The next token that you provided is not valid.',
  INVALID_PATTERN_TARGET_ID: 'You provided a value that does not match the required pattern.',
  INVALID_PARTY_TYPE_TARGET: 'You specified the wrong type of entity (account, organization, or email) as a party.',
  INVALID_ROLE_NAME: 'You provided a role name that is not valid.',
  IMMUTABLE_POLICY: 'You specified a policy that is managed by AWS and cannot be modified.',
  DUPLICATE_TAG_KEY: 'Tag keys must be unique among the tags attached to the same entity.',
  INVALID_SYSTEM_TAGS_PARAMETER:
    'You specified a tag key that is a system tag. You cannot add, edit, or delete system tag keys.',
} as const;

export const invalidInput = (Reason: keyof typeof faults): AwsError =>
  awsError('InvalidInputException', faults[Reason], 400, { Reason });

export const notBuilt = (what: string): AwsError =>
  awsError('UnsupportedOperation', `cloudlet does not support ${what} in Organizations yet.`);
