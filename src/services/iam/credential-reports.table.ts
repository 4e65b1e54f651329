// An account's credential report, the last one that was made.

import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable } from '../../kernel/table.ts';

export interface CredentialReportSpec {
  /** CSV. */
  readonly content: string;
  readonly generatedAtMs: TimestampMs;
}

/** There is one row, under `reportKey`. */
export const credentialReports = defineSpecTable<CredentialReportSpec>({
  name: 'iam.credentialReports',
  isGlobal: true,
});

export const reportKey = 'report';
