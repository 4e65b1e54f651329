// A policy as answers show it, whether the organization's own or AWS's.

import type { OperationContext } from '../../aws/operation.ts';
import type { Policy, PolicySummary } from '../../generated/organizations.types.ts';
import { organizationsArn } from './ids.ts';
import type { Organization } from './organization.ts';
import { policyNotFound } from './organizations.errors.ts';
import { fullAccess, fullAccessId, type PolicySpec, policies } from './policies.table.ts';

/** For the management account, in which the organization's policies are. */
export function requirePolicy(ctx: OperationContext, id: string): PolicySpec {
  const spec = id === fullAccessId ? fullAccess : ctx.table(policies).get(id)?.spec;
  if (!spec) throw policyNotFound();
  return spec;
}

export function policyArnOf(organizationId: string, account: string, id: string, { type }: PolicySpec): string {
  const name = `${type.toLowerCase()}/${id}`;
  if (id === fullAccessId) return organizationsArn('aws', `policy/${name}`);
  return organizationsArn(account, `policy/${organizationId}/${name}`);
}

export function summarizePolicy({ id: ofId, scope }: Organization, id: string, spec: PolicySpec): PolicySummary {
  return {
    Id: id,
    Arn: policyArnOf(ofId, scope.account, id, spec),
    Name: spec.name,
    Description: spec.description,
    Type: spec.type,
    AwsManaged: id === fullAccessId,
  };
}

export function describePolicy(organization: Organization, id: string, spec: PolicySpec): Policy {
  return { PolicySummary: summarizePolicy(organization, id, spec), Content: spec.content };
}
