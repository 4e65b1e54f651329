// Requests to raise quotas. Nobody looks them through: what AWS may grant is granted at once, what is beyond its highest
// value is recorded as not approved.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { RequestedServiceQuotaChange, ServiceQuotasApi } from '../../generated/service-quotas.types.ts';
import { appliedQuotas, endOfRequest, type QuotaRequestRow, quotaRequests } from './applied-quotas.table.ts';
import { type PageInput, pageOf } from './pages.ts';
import { quotaId, quotaValue } from './quota-values.ts';
import { serviceNames } from './quotas.facts.ts';
import { quotaArn, requireNoContext, requireQuota } from './quotas.operations.ts';
import { illegalArgument, noSuchRequest, noSuchService } from './service-quotas.errors.ts';

export const quotaRequestOperations = {
  RequestServiceQuotaIncrease(ctx, { ServiceCode, QuotaCode, DesiredValue, ContextId }) {
    const quota = requireQuota(ctx, ServiceCode, QuotaCode);
    requireNoContext(ContextId);
    const { most } = quota;
    if (most === undefined) throw illegalArgument('The quota is not adjustable.');
    const current = quotaValue(ctx, quota);
    if (DesiredValue <= current || !Number.isInteger(DesiredValue)) {
      throw illegalArgument('You must provide a quota value greater than the current quota value.');
    }
    const isGranted = DesiredValue <= most;
    const row = ctx.table(quotaRequests).insert(newRequestId(ctx), {
      service: ServiceCode,
      code: QuotaCode,
      desiredValue: DesiredValue,
      status: isGranted ? 'APPROVED' : 'NOT_APPROVED',
      requester: JSON.stringify({ accountId: ctx.account, callerArn: ctx.principal.arn }),
    });
    if (isGranted) {
      const applied = ctx.table(appliedQuotas);
      const id = quotaId(quota);
      if (applied.has(id)) applied.update(id, (spec) => ({ ...spec, value: DesiredValue }));
      else applied.insert(id, { value: DesiredValue, tags: {} });
    }
    return { RequestedQuota: describeRequest(ctx, row) };
  },

  GetRequestedServiceQuotaChange(ctx, { RequestId }) {
    const row = ctx.table(quotaRequests).get(RequestId);
    if (!row || !isRemembered(ctx, row)) throw noSuchRequest();
    return { RequestedQuota: describeRequest(ctx, row) };
  },

  ListRequestedServiceQuotaChangeHistory(ctx, input) {
    const { ServiceCode } = input;
    if (ServiceCode !== undefined && !Object.hasOwn(serviceNames, ServiceCode)) throw noSuchService();
    return listRequests(ctx, input, ({ spec }) => ServiceCode === undefined || spec.service === ServiceCode);
  },

  ListRequestedServiceQuotaChangeHistoryByQuota(ctx, input) {
    const { service, code } = requireQuota(ctx, input.ServiceCode, input.QuotaCode);
    return listRequests(ctx, input, ({ spec }) => spec.service === service && spec.code === code);
  },
} satisfies Operations<ServiceQuotasApi>;

/** Ids are in the order of time. */
function newRequestId({ nowMs, random }: OperationContext): string {
  return `${nowMs.toString(16).padStart(12, '0')}${Buffer.from(random.bytes(14)).toString('hex')}`;
}

const isRemembered = ({ nowMs }: OperationContext, row: QuotaRequestRow): boolean => endOfRequest(row) > nowMs;

interface HistoryInput extends PageInput {
  readonly Status?: string | undefined;
  readonly QuotaRequestedAtLevel?: string | undefined;
}

function listRequests(ctx: OperationContext, input: HistoryInput, isMeant: (row: QuotaRequestRow) => boolean) {
  const { Status, QuotaRequestedAtLevel } = input;
  const isShown = (row: QuotaRequestRow) =>
    isRemembered(ctx, row) &&
    isMeant(row) &&
    (Status === undefined || row.spec.status === Status) &&
    QuotaRequestedAtLevel !== 'RESOURCE';
  const page = pageOf(ctx, 'Requests', input, [...ctx.table(quotaRequests).list()].filter(isShown));
  return { RequestedQuotas: page.rows.map((row) => describeRequest(ctx, row)), NextToken: page.nextToken };
}

function describeRequest(
  ctx: OperationContext,
  { id, createdAtMs, spec }: QuotaRequestRow,
): RequestedServiceQuotaChange {
  const quota = requireQuota(ctx, spec.service, spec.code);
  return {
    Id: id,
    ServiceCode: quota.service,
    ServiceName: serviceNames[quota.service],
    QuotaCode: quota.code,
    QuotaName: quota.name,
    QuotaArn: quotaArn(ctx, quota),
    DesiredValue: spec.desiredValue,
    Status: spec.status,
    Created: createdAtMs,
    LastUpdated: createdAtMs,
    Requester: spec.requester,
    GlobalQuota: quota.isGlobal ?? false,
    Unit: 'None',
    QuotaRequestedAtLevel: 'ACCOUNT',
  };
}
