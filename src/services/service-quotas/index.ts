// Service Quotas' front door: what services hold accounts to.

export { quotaValue } from './quota-values.ts';
export { type QuotaFacts, quotas } from './quotas.facts.ts';
