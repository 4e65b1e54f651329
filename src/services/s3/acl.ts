// Access control lists: whom the owner of a bucket or an object grants what.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html

import { type AwsError, awsError } from '../../aws/errors.ts';
import type { AccessControlPolicy, Grant as AwsGrant, Grantee as AwsGrantee } from '../../generated/s3.types.ts';
import { type Age, accountOfCanonicalUser, canonicalUserId, describeOwner } from './canonical-users.ts';
import { invalidArgument, invalidRequest } from './s3.errors.ts';

export type Permission = 'FULL_CONTROL' | 'READ' | 'WRITE' | 'READ_ACP' | 'WRITE_ACP';

export interface Grant {
  readonly permission: Permission;
  readonly grantee: Grantee;
}

export type Grantee =
  | { readonly kind: 'account'; readonly account: string }
  | { readonly kind: 'group'; readonly uri: string };

export interface Acl {
  readonly grants: readonly Grant[];
}

export const allUsers = 'http://acs.amazonaws.com/groups/global/AllUsers';
export const authenticatedUsers = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers';
export const logDelivery = 'http://acs.amazonaws.com/groups/s3/LogDelivery';

const toAccount = (account: string, permission: Permission): Grant => ({
  permission,
  grantee: { kind: 'account', account },
});
const toGroup = (uri: string, permission: Permission): Grant => ({ permission, grantee: { kind: 'group', uri } });

export const privateAcl = (owner: string): Acl => ({ grants: [toAccount(owner, 'FULL_CONTROL')] });

/** `bucketOwner` for an object's list; the canned lists that speak of it mean nothing to a bucket. */
export function cannedAcl(name: string, owner: string, bucketOwner?: string): Acl {
  const own = toAccount(owner, 'FULL_CONTROL');
  switch (name) {
    case 'private':
      return { grants: [own] };
    case 'public-read':
      return { grants: [own, toGroup(allUsers, 'READ')] };
    case 'public-read-write':
      return { grants: [own, toGroup(allUsers, 'READ'), toGroup(allUsers, 'WRITE')] };
    case 'authenticated-read':
      return { grants: [own, toGroup(authenticatedUsers, 'READ')] };
    case 'aws-exec-read':
      return { grants: [own] };
    case 'log-delivery-write':
      return { grants: [own, toGroup(logDelivery, 'WRITE'), toGroup(logDelivery, 'READ_ACP')] };
    case 'bucket-owner-read':
      return { grants: bucketOwner && bucketOwner !== owner ? [own, toAccount(bucketOwner, 'READ')] : [own] };
    case 'bucket-owner-full-control':
      return { grants: bucketOwner && bucketOwner !== owner ? [own, toAccount(bucketOwner, 'FULL_CONTROL')] : [own] };
    default:
      throw invalidArgument('', 'x-amz-acl', name);
  }
}

export interface AclHeaders {
  readonly ACL?: string | undefined;
  readonly GrantFullControl?: string | undefined;
  readonly GrantRead?: string | undefined;
  readonly GrantReadACP?: string | undefined;
  readonly GrantWrite?: string | undefined;
  readonly GrantWriteACP?: string | undefined;
}

const grantHeaders = [
  ['GrantFullControl', 'FULL_CONTROL', 'x-amz-grant-full-control'],
  ['GrantRead', 'READ', 'x-amz-grant-read'],
  ['GrantReadACP', 'READ_ACP', 'x-amz-grant-read-acp'],
  ['GrantWrite', 'WRITE', 'x-amz-grant-write'],
  ['GrantWriteACP', 'WRITE_ACP', 'x-amz-grant-write-acp'],
] as const;

export function namesAcl(headers: AclHeaders): boolean {
  return headers.ACL !== undefined || namesGrants(headers);
}

function namesGrants(headers: AclHeaders): boolean {
  return grantHeaders.some(([member]) => headers[member] !== undefined);
}

/** The list that a request's headers ask for; undefined when they ask for none. */
export function aclOfHeaders(headers: AclHeaders, owner: string, bucketOwner?: string): Acl | undefined {
  if (headers.ACL !== undefined && namesGrants(headers)) {
    throw invalidRequest('Specifying both Canned ACLs and Header Grants is not allowed');
  }
  if (headers.ACL !== undefined) return cannedAcl(headers.ACL, owner, bucketOwner);
  if (!namesGrants(headers)) return undefined;
  const grants = grantHeaders.flatMap(([member, permission, header]) =>
    parseGrantees(headers[member] ?? '', header).map((grantee) => ({ permission, grantee })),
  );
  return { grants };
}

/** The list that PutBucketAcl or PutObjectAcl is asked for, in headers or in a document. */
export function requireAcl(
  input: AclHeaders & { readonly AccessControlPolicy?: AccessControlPolicy | undefined },
  owner: string,
  bucketOwner?: string,
): Acl {
  const { AccessControlPolicy: policy } = input;
  if (policy && namesAcl(input)) throw awsError('UnexpectedContent', 'This request does not support content');
  const acl = policy ? parseAcl(policy, owner) : aclOfHeaders(input, owner, bucketOwner);
  if (!acl) throw missingAcl();
  return acl;
}

function missingAcl() {
  return awsError('MissingSecurityHeader', 'Your request was missing a required header', 400, {
    MissingHeaderName: 'x-amz-acl',
  });
}

/** `id="…", uri="…", emailAddress="…"`. */
function parseGrantees(text: string, header: string): readonly Grantee[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const [, kind = '', value = ''] = /^(\w+)\s*=\s*"?([^"]*)"?$/.exec(part) ?? [];
      if (kind.toLowerCase() === 'id') return accountGrantee(value, 'id');
      if (kind.toLowerCase() === 'uri') return groupGrantee(value, 'uri');
      if (kind.toLowerCase() === 'emailaddress') throw unresolvableEmail();
      throw invalidArgument('Argument format not recognized', header, text);
    });
}

function accountGrantee(id: string, argument = 'CanonicalUser/ID'): Grantee {
  const account = accountOfCanonicalUser(id);
  if (account === undefined) throw invalidArgument('Invalid id', argument, id);
  return { kind: 'account', account };
}

function groupGrantee(uri: string, argument = 'Group/URI'): Grantee {
  if (![allUsers, authenticatedUsers, logDelivery].includes(uri)) {
    throw invalidArgument('Invalid group uri', argument, uri);
  }
  return { kind: 'group', uri };
}

/** Accounts of this cloud have no addresses. */
function unresolvableEmail(): AwsError {
  return awsError(
    'UnresolvableGrantByEmailAddress',
    'The e-mail address you provided does not match any account on record.',
  );
}

const permissions: ReadonlySet<string> = new Set<Permission>([
  'FULL_CONTROL',
  'READ',
  'WRITE',
  'READ_ACP',
  'WRITE_ACP',
]);
const mostGrants = 100;

/** A list as the body of PutBucketAcl or PutObjectAcl has it. Its owner cannot be changed by it. */
export function parseAcl({ Grants, Owner }: AccessControlPolicy, owner: string): Acl {
  if (!Owner) throw malformedAcl();
  if (Owner.ID !== canonicalUserId(owner)) {
    if (Owner.ID !== undefined && accountOfCanonicalUser(Owner.ID) === undefined) {
      throw invalidArgument('Invalid id', 'CanonicalUser/ID', Owner.ID);
    }
    throw awsError('AccessDenied', 'Access Denied', 403);
  }
  if (Grants && Grants.length > mostGrants) {
    throw invalidRequest('The number of ACL grants exceeds the maximum of 100');
  }
  return { grants: (Grants ?? []).map(parseGrant) };
}

function parseGrant({ Grantee, Permission }: AwsGrant): Grant {
  if (!Grantee || Permission === undefined || !permissions.has(Permission)) throw malformedAcl();
  return { permission: Permission as Permission, grantee: parseGrantee(Grantee) };
}

function parseGrantee({ Type, ID, URI }: AwsGrantee): Grantee {
  if (Type === 'CanonicalUser' && ID !== undefined) return accountGrantee(ID);
  if (Type === 'Group' && URI !== undefined) return groupGrantee(URI);
  if (Type === 'AmazonCustomerByEmail') throw unresolvableEmail();
  throw malformedAcl();
}

function malformedAcl(): AwsError {
  return awsError(
    'MalformedACLError',
    'The XML you provided was not well-formed or did not validate against our published schema',
  );
}

/** In their order; of older buckets groups come first. */
export function describeGrants({ grants }: Acl, bucket: Age): AwsGrant[] {
  const ofGroups = grants.filter(({ grantee }) => grantee.kind === 'group');
  const ofAccounts = grants.filter(({ grantee }) => grantee.kind === 'account');
  return (bucket.isCurrent ? grants : [...ofGroups, ...ofAccounts]).map(({ permission, grantee }) => ({
    Permission: permission,
    Grantee:
      grantee.kind === 'account'
        ? { Type: 'CanonicalUser', ...describeOwner(grantee.account, bucket) }
        : { Type: 'Group', URI: grantee.uri },
  }));
}

/** To groups that everybody is in, or can join by opening an account. */
export function isPublicGrant({ grantee }: Grant): boolean {
  return grantee.kind === 'group' && grantee.uri !== logDelivery;
}

export function isPublicAcl({ grants }: Acl): boolean {
  return grants.some(isPublicGrant);
}

/** An account, or nobody in particular. */
export function grants(acl: Acl, permission: Permission, caller: { account: string } | 'anonymous'): boolean {
  return acl.grants.some(
    (grant) =>
      (grant.permission === permission || grant.permission === 'FULL_CONTROL') && isGrantee(grant.grantee, caller),
  );
}

function isGrantee(grantee: Grantee, caller: { account: string } | 'anonymous'): boolean {
  if (grantee.kind === 'account') return caller !== 'anonymous' && caller.account === grantee.account;
  return grantee.uri === allUsers || (grantee.uri === authenticatedUsers && caller !== 'anonymous');
}
