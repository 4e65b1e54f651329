// Reports of which services somebody used last, as they were asked for.

import type { AccessAdvisorUsageGranularityType } from '../../generated/iam.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface AdvisorJobSpec {
  /** Of a user, group, role or managed policy. */
  readonly arn: string;
  readonly granularity: AccessAdvisorUsageGranularityType;
}

/** By job id. */
export const advisorJobs = defineSpecTable<AdvisorJobSpec>({ name: 'iam.advisorJobs', isGlobal: true });

/** How long a report can be asked for. */
const keptForMs = 24 * 3600_000;

export const endOfJob = ({ createdAtMs }: Row<AdvisorJobSpec, null>): TimestampMs => createdAtMs + keptForMs;
