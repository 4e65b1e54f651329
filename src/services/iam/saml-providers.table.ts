// SAML providers whose assertions AssumeRoleWithSAML takes.

import type { assertionEncryptionModeType, Tag } from '../../generated/iam.types.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import { keyOf, nameInArn } from './names.ts';

export interface SamlPrivateKeySpec {
  readonly keyId: string;
  /** PEM. */
  readonly privateKey: string;
  readonly addedAtMs: TimestampMs;
}

export interface SamlProviderSpec {
  readonly name: string;
  /** The provider's own metadata document: its entity id and its certificates. */
  readonly metadata: string;
  readonly uuid: string;
  readonly validUntilMs: TimestampMs;
  readonly encryptionMode?: assertionEncryptionModeType;
  /** For assertions that are encrypted. */
  readonly privateKeys: readonly SamlPrivateKeySpec[];
  readonly tags: readonly Tag[];
}

export type SamlProviderRow = Row<SamlProviderSpec, null>;

/** By `keyOf(name)`. */
export const samlProviders = defineSpecTable<SamlProviderSpec>({ name: 'iam.samlProviders', isGlobal: true });

export const samlProviderArnOf = ({ account, spec }: SamlProviderRow): string =>
  `arn:aws:iam::${account}:saml-provider/${spec.name}`;

/** The id of the row that an ARN names, in `account`. */
export function samlProviderKey(account: string, arn: string): string | undefined {
  return arn.startsWith(`arn:aws:iam::${account}:saml-provider/`) ? keyOf(nameInArn(arn)) : undefined;
}
