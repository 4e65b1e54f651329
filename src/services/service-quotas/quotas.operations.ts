// Quotas: what AWS gives everybody, what an account has, and their tags.

import { formatArn, parseArn } from '../../aws/arn.ts';
import type { OperationContext, Operations, RequestContext } from '../../aws/operation.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { ServiceQuota, ServiceQuotasApi } from '../../generated/service-quotas.types.ts';
import { appliedQuotas } from './applied-quotas.table.ts';
import { pageOf } from './pages.ts';
import { quotaId, quotaValue } from './quota-values.ts';
import { type QuotaFacts, quotasOf, serviceNames } from './quotas.facts.ts';
import { illegalArgument, noSuchQuota, noSuchResource, noSuchService, tooManyTags } from './service-quotas.errors.ts';

const mostTags = 50;

export const quotaOperations = {
  ListServices(ctx, input) {
    const page = pageOf(ctx, 'ListServices', input, Object.entries(serviceNames).map(identified));
    const Services = page.rows.map(({ id, value }) => ({ ServiceCode: id, ServiceName: value }));
    return { Services, NextToken: page.nextToken };
  },

  ListAWSDefaultServiceQuotas(ctx, input) {
    const page = pageOf(ctx, `Defaults/${input.ServiceCode}`, input, listQuotas(ctx, input.ServiceCode));
    return { Quotas: page.rows.map(({ quota }) => describeDefault(ctx, quota)), NextToken: page.nextToken };
  },

  GetAWSDefaultServiceQuota(ctx, { ServiceCode, QuotaCode }) {
    return { Quota: describeDefault(ctx, requireQuota(ctx, ServiceCode, QuotaCode)) };
  },

  ListServiceQuotas(ctx, input) {
    const { ServiceCode, QuotaCode, QuotaAppliedAtLevel } = input;
    const listed = listQuotas(ctx, ServiceCode).filter(({ id }) => QuotaCode === undefined || id === QuotaCode);
    // None of them is of single resources.
    const shown = QuotaAppliedAtLevel === 'RESOURCE' ? [] : listed;
    const page = pageOf(ctx, `Quotas/${ServiceCode}`, input, shown);
    return { Quotas: page.rows.map(({ quota }) => describeQuota(ctx, quota)), NextToken: page.nextToken };
  },

  GetServiceQuota(ctx, { ServiceCode, QuotaCode, ContextId }) {
    const quota = requireQuota(ctx, ServiceCode, QuotaCode);
    requireNoContext(ContextId);
    return { Quota: describeQuota(ctx, quota) };
  },

  ListTagsForResource(ctx, { ResourceARN }) {
    const { tags } = requireApplied(ctx, ResourceARN).spec;
    return { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) };
  },

  TagResource(ctx, { ResourceARN, Tags }) {
    const row = requireApplied(ctx, ResourceARN);
    const tags = { ...row.spec.tags, ...tagsByKey(Tags) };
    if (Object.keys(tags).length > mostTags) throw tooManyTags();
    ctx.table(appliedQuotas).update(row.id, (spec) => ({ ...spec, tags }));
    return {};
  },

  UntagResource(ctx, { ResourceARN, TagKeys }) {
    const row = requireApplied(ctx, ResourceARN);
    const left = Object.entries(row.spec.tags).filter(([key]) => !TagKeys.includes(key));
    ctx.table(appliedQuotas).update(row.id, (spec) => ({ ...spec, tags: Object.fromEntries(left) }));
    return {};
  },
} satisfies Operations<ServiceQuotasApi>;

const identified = <Value>([id, value]: readonly [string, Value]) => ({ id, value });

function listQuotas(ctx: RequestContext, service: string) {
  if (!Object.hasOwn(serviceNames, service)) throw noSuchService();
  return quotasOf(service, ctx.region).map((quota) => ({ id: quota.code, quota }));
}

export function requireQuota(ctx: RequestContext, service: string, code: string): QuotaFacts {
  const found = listQuotas(ctx, service).find(({ id }) => id === code);
  if (!found) throw noSuchQuota();
  return found.quota;
}

/** No quota here is of a single resource. */
export function requireNoContext(contextId: string | undefined): void {
  if (contextId !== undefined) throw illegalArgument('The quota is not applied at the resource level.');
}

/** Only a quota that was raised is a resource, and has tags. */
function requireApplied(ctx: OperationContext, arn: string) {
  const { service, region, account, resource = '' } = parseArn(arn) ?? {};
  const isOurs = service === 'servicequotas' && account === ctx.account && region === ctx.region;
  const row = isOurs ? ctx.table(appliedQuotas).get(resource) : undefined;
  if (!row) throw noSuchResource('The specified resource does not exist.');
  return row;
}

export const quotaArn = ({ account, region }: Pick<RequestContext, 'account' | 'region'>, quota: QuotaFacts): string =>
  formatArn({ service: 'servicequotas', region, account, resource: quotaId(quota) });

function describeDefault({ region }: RequestContext, quota: QuotaFacts): ServiceQuota {
  return { ...describeFacts(quota), QuotaArn: quotaArn({ account: '', region }, quota), Value: quota.value };
}

function describeQuota(ctx: OperationContext, quota: QuotaFacts): ServiceQuota {
  return { ...describeFacts(quota), QuotaArn: quotaArn(ctx, quota), Value: quotaValue(ctx, quota) };
}

function describeFacts({ service, code, name, most, isGlobal }: QuotaFacts): ServiceQuota {
  return {
    ServiceCode: service,
    ServiceName: serviceNames[service],
    QuotaCode: code,
    QuotaName: name,
    Unit: 'None',
    Adjustable: most !== undefined,
    GlobalQuota: isGlobal ?? false,
    QuotaAppliedAtLevel: 'ACCOUNT',
  };
}
