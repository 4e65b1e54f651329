// What holds now: AWS's default, or what it was raised to.

import type { OperationContext } from '../../aws/operation.ts';
import type { Scope } from '../../kernel/table.ts';
import { appliedQuotas } from './applied-quotas.table.ts';
import { globalRegion, type QuotaFacts } from './quotas.facts.ts';

export const quotaId = ({ service, code }: QuotaFacts): string => `${service}/${code}`;

export const scopeOf = ({ isGlobal }: QuotaFacts, { account, region }: Scope): Scope => ({
  account,
  region: isGlobal ? globalRegion : region,
});

/** To be asked in the transaction that makes one more. */
export function quotaValue(ctx: OperationContext, quota: QuotaFacts): number {
  return ctx.tableIn(appliedQuotas, scopeOf(quota, ctx)).get(quotaId(quota))?.spec.value ?? quota.value;
}
