// OpenID Connect providers whose tokens AssumeRoleWithWebIdentity takes.

import type { Tag } from '../../generated/iam.types.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';

export interface OidcProviderSpec {
  /** Without its scheme: `accounts.example.com/tenant`. */
  readonly url: string;
  /** How its keys are fetched. AWS knows `https` only; `http` serves providers on this machine. */
  readonly scheme: 'https' | 'http';
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly tags: readonly Tag[];
}

export type OidcProviderRow = Row<OidcProviderSpec, null>;

/** By URL without its scheme. */
export const oidcProviders = defineSpecTable<OidcProviderSpec>({ name: 'iam.oidcProviders', isGlobal: true });

export const oidcProviderArnOf = ({ account, spec }: OidcProviderRow): string =>
  `arn:aws:iam::${account}:oidc-provider/${spec.url}`;

/** The id of the row that an ARN names, in `account`. */
export function oidcProviderKey(account: string, arn: string): string | undefined {
  const prefix = `arn:aws:iam::${account}:oidc-provider/`;
  return arn.startsWith(prefix) ? arn.slice(prefix.length) : undefined;
}
