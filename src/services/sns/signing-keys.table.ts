// The key that messages are signed with, one for the whole cloud, made when it is first needed.

import { defineSpecTable, type Scope } from '../../kernel/table.ts';

export interface SigningKeySpec {
  /** PKCS #8. */
  readonly privateKeyPem: string;
  readonly certificatePem: string;
  /** In the certificate's URL. */
  readonly certificateId: string;
}

export const signingKeys = defineSpecTable<SigningKeySpec>({ name: 'sns.signingKeys' });

/** No account's, in no region. */
export const signingKeyScope: Scope = { account: 'aws', region: '' };

export const signingKeyId = 'current';

export function certificatePath(certificateId: string): string {
  return `/_aws/sns/SimpleNotificationService-${certificateId}.pem`;
}
