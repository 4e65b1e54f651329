// The keys that tokens are signed with, one for each account and algorithm, made when it is first needed.

import { defineSpecTable } from '../../kernel/table.ts';

/** Those that AWS signs with, and what they hash with. */
export const hashes = { RS256: 'sha256', ES384: 'sha384' } as const;

export type TokenAlgorithm = keyof typeof hashes;

export const isTokenAlgorithm = (text: string): text is TokenAlgorithm => Object.hasOwn(hashes, text);

export interface TokenKeySpec {
  /** PKCS #8. */
  readonly privateKeyPem: string;
  /** As the token's head and the list of keys name it. */
  readonly keyId: string;
}

/** By the algorithm. */
export const tokenKeys = defineSpecTable<TokenKeySpec>({ name: 'sts.tokenKeys', isGlobal: true });
