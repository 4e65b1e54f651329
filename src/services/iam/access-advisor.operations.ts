// GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails, GetServiceLastAccessedDetailsWithEntities and
// ListPoliciesGrantingServiceAccess. A report is found when it is asked for, so it is complete at once.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi, PolicyGrantingServiceAccess, policyOwnerEntityType } from '../../generated/iam.types.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Row } from '../../kernel/table.ts';
import { type AdvisorJobSpec, advisorJobs, endOfJob } from './access-advisor.table.ts';
import { entitiesLastAccessed, requireSubject, servicesLastAccessed } from './access-advisor.ts';
import { policiesHeldBy, requireEntity } from './entities.ts';
import { grantsService } from './granted-services.ts';
import { invalidInput, noSuchEntity } from './iam.errors.ts';
import { listed, pageOf } from './pages.ts';
import type { HeldPolicy } from './principal-policies.ts';
import { serviceNames } from './service-names.facts.ts';

export const accessAdvisorOperations = {
  GenerateServiceLastAccessedDetails(ctx, { Arn, Granularity = 'SERVICE_LEVEL' }) {
    requireSubject(ctx, Arn);
    const job = ctx.table(advisorJobs).insert(newUuid(ctx.random), { arn: Arn, granularity: Granularity });
    return { JobId: job.id };
  },

  GetServiceLastAccessedDetails(ctx, input) {
    const job = requireJob(ctx, input.JobId);
    const { arn, granularity } = job.spec;
    const services = servicesLastAccessed(ctx, requireSubject(ctx, arn), granularity === 'ACTION_LEVEL');
    const found = listed(services, ({ ServiceNamespace }) => ServiceNamespace);
    const { rows, page } = pageOf(ctx, `GetServiceLastAccessedDetails ${job.id}`, input, found);
    return {
      ...statusOf(job),
      JobType: granularity,
      ServicesLastAccessed: rows.map(({ item }) => item),
      ...page,
    };
  },

  GetServiceLastAccessedDetailsWithEntities(ctx, input) {
    const job = requireJob(ctx, input.JobId);
    const subject = requireSubject(ctx, job.spec.arn);
    const details = entitiesLastAccessed(ctx, subject, requireNamespace(input.ServiceNamespace));
    const found = listed(details, ({ EntityInfo }) => EntityInfo.Id);
    const scope = `GetServiceLastAccessedDetailsWithEntities ${job.id} ${input.ServiceNamespace}`;
    const { rows, page } = pageOf(ctx, scope, input, found);
    return { ...statusOf(job), EntityDetailsList: rows.map(({ item }) => item), ...page };
  },

  ListPoliciesGrantingServiceAccess(ctx, { Arn, ServiceNamespaces }) {
    const held = policiesHeldBy(ctx, requireEntity(ctx, Arn));
    const granting = ServiceNamespaces.map((namespace) => ({
      ServiceNamespace: namespace,
      Policies: held.filter(({ document }) => grantsService(document, namespace)).map(describeGranting),
    }));
    return { PoliciesGrantingServiceAccess: granting, IsTruncated: false };
  },
} satisfies Operations<IamApi>;

function requireJob(ctx: OperationContext, id: string): Row<AdvisorJobSpec, null> {
  const job = ctx.table(advisorJobs).get(id);
  if (!job || endOfJob(job) <= ctx.nowMs) throw noSuchEntity(`The job with id ${id} cannot be found.`);
  return job;
}

const statusOf = ({ createdAtMs }: Row<AdvisorJobSpec, null>) => ({
  JobStatus: 'COMPLETED' as const,
  JobCreationDate: createdAtMs,
  JobCompletionDate: createdAtMs,
});

function requireNamespace(namespace: string): string {
  if (!Object.hasOwn(serviceNames, namespace)) throw invalidInput(`Invalid service namespace: ${namespace}`);
  return namespace;
}

function describeGranting({ name, arn, isInline, holder }: HeldPolicy): PolicyGrantingServiceAccess {
  if (!isInline) return { PolicyName: name, PolicyType: 'MANAGED', PolicyArn: arn };
  const type = holder.word.toUpperCase() as policyOwnerEntityType;
  return { PolicyName: name, PolicyType: 'INLINE', EntityType: type, EntityName: holder.name };
}
