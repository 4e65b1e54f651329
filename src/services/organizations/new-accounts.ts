// What AWS puts into an account that joins an organization: the service's own role, and in an account that the organization
// created a role by which the management account gets in.
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html

import type { OperationContext } from '../../aws/operation.ts';
import { keyOf, roles } from '../iam/index.ts';

const serviceRoleName = 'AWSServiceRoleForOrganizations';

export function makeServiceRole(ctx: OperationContext, account: string): void {
  const scope = { account, region: '' };
  // It stays in an account that leaves.
  if (ctx.tableIn(roles, scope).has(keyOf(serviceRoleName))) return;
  ctx.client('iam', scope).CreateServiceLinkedRole({
    AWSServiceName: 'organizations.amazonaws.com',
    Description:
      'Service-linked role used by AWS Organizations to enable integration of other AWS services with Organizations.',
  });
}

export function makeAccessRole(ctx: OperationContext, account: string, name: string): void {
  const trust = {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ctx.account}:root` }, Action: 'sts:AssumeRole' }],
  };
  const iam = ctx.client('iam', { account, region: '' });
  iam.CreateRole({ RoleName: name, AssumeRolePolicyDocument: JSON.stringify(trust) });
  iam.AttachRolePolicy({ RoleName: name, PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
}
