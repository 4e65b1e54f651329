// Roles, those that services made for themselves included.

import { compilePolicy } from '../../aws/policies/compile.ts';
import { defineSpecTable, type Row } from '../../kernel/table.ts';
import { byBoundary, byPolicy, type Identity } from './identities.ts';
import { iamArn } from './names.ts';

export interface RoleSpec extends Identity {
  /** `AROA…` */
  readonly roleId: string;
  /** Who may assume it: the policy's text. */
  readonly trustPolicy: string;
  readonly description?: string;
  /** How long a session may be at most. */
  readonly maxSessionSeconds: number;
  /** Of a service-linked role: `autoscaling.amazonaws.com`. */
  readonly serviceName?: string;
}

export type RoleRow = Row<RoleSpec, null>;

/** No path and name are longer, and none has characters that keys cannot hold. */
const arnOfIdentity = /^arn:[a-z-]+:iam::\d{12}:(user|role)\/[\x21-\x7e]{1,600}$/;

/** By `keyOf(name)`. */
export const roles = defineSpecTable<RoleSpec>({
  name: 'iam.roles',
  isGlobal: true,
  indexes: {
    byPolicy,
    byBoundary,
    byTrusted: ({ spec }) => trustedNames(spec.trustPolicy).filter((name) => arnOfIdentity.test(name)),
  },
});

/** ARNs and accounts that a trust policy names, each once. */
export function trustedNames(trustPolicy: string): readonly string[] {
  const { statements } = compilePolicy(trustPolicy).policy;
  return [...new Set(statements.flatMap(({ principals }) => principals?.byKind.AWS ?? []))];
}

export const roleArnOf = ({ account, spec }: RoleRow): string => iamArn(account, 'role', spec.path, spec.name);
