// Reports of which services somebody used last, as they were asked for.

import type { AccessAdvisorUsageGranularityType } from '../../generated/iam.types.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export interface AdvisorJobSpec {
  /** Of a user, group, role or managed policy. */
  readonly arn: string;
  readonly granularity: AccessAdvisorUsageGranularityType;
}

/** By job id. */
export const advisorJobs = defineSpecTable<AdvisorJobSpec>({ name: 'iam.advisorJobs', isGlobal: true });
