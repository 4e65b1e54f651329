// Server certificates: what load balancers could be given before there was ACM.

import type { Tag } from '../../generated/iam.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import { iamArn } from './names.ts';

export interface ServerCertificateSpec {
  readonly name: string;
  readonly path: string;
  /** `ASCA…` */
  readonly certificateId: string;
  /** All in PEM. */
  readonly body: string;
  readonly chain?: string;
  readonly privateKey: string;
  readonly expiresAtMs: TimestampMs;
  readonly tags: readonly Tag[];
}

export type ServerCertificateRow = Row<ServerCertificateSpec, null>;

/** By `keyOf(name)`. */
export const serverCertificates = defineSpecTable<ServerCertificateSpec>({
  name: 'iam.serverCertificates',
  isGlobal: true,
});

export const serverCertificateArnOf = ({ account, spec }: ServerCertificateRow): string =>
  iamArn(account, 'server-certificate', spec.path, spec.name);
