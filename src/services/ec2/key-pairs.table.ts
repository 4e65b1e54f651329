// Key pairs. The private half is given out once, when it is made, and never kept.

import { defineSpecTable } from '../../kernel/table.ts';

export interface KeyPairSpec {
  readonly keyName: string;
  readonly keyType: 'rsa' | 'ed25519';
  /** As AWS shows it: SHA-1 of the private key (made by AWS, RSA), MD5 of the public key (imported RSA), or SHA-256 in base64 (ed25519). */
  readonly keyFingerprint: string;
  /** One line in OpenSSH's format. */
  readonly publicKey: string;
}

/** By id, `key-…`. */
export const keyPairs = defineSpecTable<KeyPairSpec>({
  name: 'ec2.keyPairs',
  indexes: { byName: (row) => [row.spec.keyName] },
});
