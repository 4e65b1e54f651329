// What Organizations' operations need to be allowed.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsorganizations.html

import { type Authorizations, on, onAll } from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { OrganizationsApi } from '../../generated/organizations.types.ts';
import {
  account,
  attachment,
  child,
  handshake,
  invited,
  move,
  newPolicy,
  parent,
  policy,
  root,
  tagged,
  target,
  unit,
} from './resources.authorization.ts';

const servicePrincipal = {
  keys: {
    'organizations:ServicePrincipal': ({ ServicePrincipal }: { readonly ServicePrincipal: string }) => ServicePrincipal,
  },
};

export const organizationsAuthorization = {
  AcceptHandshake: on(handshake),
  AttachPolicy: on(attachment),
  CancelHandshake: on(handshake),
  CloseAccount: on(account),
  CreateAccount: [{ requestTags: ({ Tags }) => tagsByKey(Tags) }],
  CreateOrganization: onAll,
  CreateOrganizationalUnit: on(parent, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  CreatePolicy: on(newPolicy, {
    requestTags: ({ Tags }) => tagsByKey(Tags),
    keys: { 'organizations:PolicyType': ({ Type }) => Type },
  }),
  DeclineHandshake: on(handshake),
  DeleteOrganization: onAll,
  DeleteOrganizationalUnit: on(unit),
  DeletePolicy: on(policy),
  DescribeAccount: on(account),
  DescribeCreateAccountStatus: onAll,
  DescribeHandshake: on(handshake),
  DescribeOrganization: onAll,
  DescribeOrganizationalUnit: on(unit),
  DescribePolicy: on(policy),
  DetachPolicy: on(attachment),
  DisableAWSServiceAccess: [servicePrincipal],
  DisablePolicyType: on(root, { keys: { 'organizations:PolicyType': ({ PolicyType }) => PolicyType } }),
  EnableAWSServiceAccess: [servicePrincipal],
  EnablePolicyType: on(root, { keys: { 'organizations:PolicyType': ({ PolicyType }) => PolicyType } }),
  InviteAccountToOrganization: on(invited, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  LeaveOrganization: onAll,
  ListAWSServiceAccessForOrganization: onAll,
  ListAccounts: onAll,
  ListAccountsForParent: on(parent),
  ListChildren: on(parent),
  ListCreateAccountStatus: onAll,
  ListHandshakesForAccount: onAll,
  ListHandshakesForOrganization: onAll,
  ListOrganizationalUnitsForParent: on(parent),
  ListParents: on(child),
  ListPolicies: [{ keys: { 'organizations:PolicyType': ({ Filter }) => Filter } }],
  ListPoliciesForTarget: on(target, { keys: { 'organizations:PolicyType': ({ Filter }) => Filter } }),
  ListRoots: onAll,
  ListTagsForResource: on(tagged),
  ListTargetsForPolicy: on(policy),
  MoveAccount: on(move),
  RemoveAccountFromOrganization: on(account),
  TagResource: on(tagged, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  UntagResource: on(tagged, { tagKeys: ({ TagKeys }) => TagKeys }),
  UpdateOrganizationalUnit: on(unit),
  UpdatePolicy: on(policy),
} satisfies Authorizations<OrganizationsApi>;
