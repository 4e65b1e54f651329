// What STS's operations need to be allowed. Who may assume a role is for the role's trust policy as well, so that is
// decided where the role is known: trust.ts.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html

import { type Authorizations, always, on, onAll, resource, within } from '../../aws/authorization.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { AssumeRootRequest, StsApi } from '../../generated/sts.types.ts';

const federatedUser = resource({
  type: 'federated-user',
  of: ({ Name }: { readonly Name: string }, { account }) => [
    { arn: `arn:aws:sts::${account}:federated-user/${Name}`, account, region: '', id: Name },
  ],
});

/** The organization says who may; so the caller's own policies suffice, as for what is its account's. */
const memberRoot = resource({
  type: 'root-user',
  of: ({ TargetPrincipal }: AssumeRootRequest, { account }) => [
    {
      arn: TargetPrincipal.startsWith('arn:') ? TargetPrincipal : `arn:aws:iam::${TargetPrincipal}:root`,
      account,
      region: '',
      id: '',
    },
  ],
});

export const stsAuthorization = {
  AssumeRole: within('sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'),
  AssumeRoleWithSAML: within('sts:AssumeRoleWithSAML', 'sts:TagSession', 'sts:SetSourceIdentity'),
  AssumeRoleWithWebIdentity: within('sts:AssumeRoleWithWebIdentity', 'sts:TagSession', 'sts:SetSourceIdentity'),
  AssumeRoot: on(memberRoot, { keys: { 'sts:TaskPolicyArn': ({ TaskPolicyArn }) => TaskPolicyArn.arn } }),
  DecodeAuthorizationMessage: onAll,
  GetAccessKeyInfo: onAll,
  GetCallerIdentity: always('AWS lets nobody be kept from asking who they are'),
  GetFederationToken: on(federatedUser, { requestTags: ({ Tags }) => tagsByKey(Tags) }),
  GetSessionToken: always('AWS asks for no permission: the session can do no more than its user'),
  GetWebIdentityToken: [
    {
      requestTags: ({ Tags }) => tagsByKey(Tags),
      keys: {
        'sts:DurationSeconds': ({ DurationSeconds }) => DurationSeconds ?? 300,
        'sts:IdentityTokenAudience': ({ Audience }) => Audience,
        'sts:SigningAlgorithm': ({ SigningAlgorithm }) => SigningAlgorithm,
      },
    },
  ],
} satisfies Authorizations<StsApi>;
