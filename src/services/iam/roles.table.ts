// Roles, those that services made for themselves included.

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

/** By `keyOf(name)`. */
export const roles = defineSpecTable<RoleSpec>({
  name: 'iam.roles',
  isGlobal: true,
  indexes: { byPolicy, byBoundary },
});

export const roleArnOf = ({ account, spec }: RoleRow): string => iamArn(account, 'role', spec.path, spec.name);
