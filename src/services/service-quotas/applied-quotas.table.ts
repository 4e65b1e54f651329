// Quotas that were raised, and the requests to.

import type { RequestStatus } from '../../generated/service-quotas.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface AppliedQuotaSpec {
  readonly value: number;
  readonly tags: Readonly<Record<string, string>>;
}

/** By service and code: `s3/L-DC2B2D3D`. A global quota's row is in the region where AWS tells of it. */
export const appliedQuotas = defineSpecTable<AppliedQuotaSpec>({ name: 'service-quotas.applied' });

export interface QuotaRequestSpec {
  readonly service: string;
  readonly code: string;
  readonly desiredValue: number;
  readonly status: RequestStatus;
  /** The requester's identity, as JSON: what AWS shows. */
  readonly requester: string;
}

/** By their ids, which are in the order in which the requests came. */
export const quotaRequests = defineSpecTable<QuotaRequestSpec>({ name: 'service-quotas.requests' });

export type QuotaRequestRow = Row<QuotaRequestSpec, null>;

/** How long AWS tells of a request. */
const historyMs = 90 * 24 * 3600_000;

export const endOfRequest = ({ createdAtMs }: QuotaRequestRow): TimestampMs => createdAtMs + historyMs;
