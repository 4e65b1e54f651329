// Certificates that users signed SOAP requests with.

import type { statusType } from '../../generated/iam.types.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface SigningCertificateSpec {
  readonly userId: string;
  readonly body: string;
  readonly fingerprint: string;
  readonly status: statusType;
}

export type SigningCertificateRow = Row<SigningCertificateSpec, null>;

/** By id: 32 letters and digits. */
export const signingCertificates = defineSpecTable<SigningCertificateSpec>({
  name: 'iam.signingCertificates',
  isGlobal: true,
  indexes: { byUser: ({ spec }) => [spec.userId] },
});
