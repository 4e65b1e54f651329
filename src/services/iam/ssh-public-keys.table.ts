// Public keys that users reach CodeCommit with.

import type { statusType } from '../../generated/iam.types.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface SshPublicKeySpec {
  readonly userId: string;
  /** `ssh-rsa AAAA… comment` */
  readonly openSsh: string;
  /** PEM of the key. */
  readonly pem: string;
  /** MD5 of the key in its SSH form, in hexadecimal with colons. */
  readonly fingerprint: string;
  readonly status: statusType;
}

export type SshPublicKeyRow = Row<SshPublicKeySpec, null>;

/** By id: `APKA…`. */
export const sshPublicKeys = defineSpecTable<SshPublicKeySpec>({
  name: 'iam.sshPublicKeys',
  isGlobal: true,
  indexes: { byUser: ({ spec }) => [spec.userId] },
});
