// Groups. Who is in one is remembered with each user.

import { defineSpecTable, type Row } from '../../kernel/table.ts';
import { byPolicy, type PolicyHolder } from './identities.ts';
import { iamArn } from './names.ts';

export interface GroupSpec extends PolicyHolder {
  readonly name: string;
  readonly path: string;
  /** `AGPA…` */
  readonly groupId: string;
}

export type GroupRow = Row<GroupSpec, null>;

/** By `keyOf(name)`. */
export const groups = defineSpecTable<GroupSpec>({ name: 'iam.groups', isGlobal: true, indexes: { byPolicy } });

export const groupArnOf = ({ account, spec }: GroupRow): string => iamArn(account, 'group', spec.path, spec.name);
