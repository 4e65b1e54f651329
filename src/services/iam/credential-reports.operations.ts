// GenerateCredentialReport and GetCredentialReport.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html

import { awsError } from '../../aws/errors.ts';
import type { Operations } from '../../aws/operation.ts';
import type { IamApi } from '../../generated/iam.types.ts';
import { writeCredentialReport } from './credential-report.ts';
import { credentialReports, reportKey } from './credential-reports.table.ts';

/** For so long a report is handed out again instead of a new one. */
const goodForMs = 4 * 3600_000;

export const credentialReportOperations = {
  GenerateCredentialReport(ctx) {
    const reports = ctx.table(credentialReports);
    const present = reports.get(reportKey)?.spec;
    if (present && present.generatedAtMs + goodForMs > ctx.nowMs) return { State: 'COMPLETE' };
    const report = { content: writeCredentialReport(ctx), generatedAtMs: ctx.nowMs };
    if (present) reports.update(reportKey, () => report);
    else reports.insert(reportKey, report);
    return { State: 'STARTED', Description: 'No report exists. Starting a new report generation task' };
  },

  GetCredentialReport(ctx) {
    const report = ctx.table(credentialReports).get(reportKey)?.spec;
    if (!report) throw awsError('ReportNotPresent', 'Credential report not present');
    if (report.generatedAtMs + goodForMs <= ctx.nowMs)
      throw awsError('ReportExpired', 'Credential report expired. Generate a new one.');
    return { Content: Buffer.from(report.content), ReportFormat: 'text/csv', GeneratedTime: report.generatedAtMs };
  },
} satisfies Operations<IamApi>;
