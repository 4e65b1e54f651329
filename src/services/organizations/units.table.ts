// Organizational units, in a tree below the root.

import { defineSpecTable, type Row } from '../../kernel/table.ts';
import type { TargetSpec } from './organizations.table.ts';

export interface UnitSpec extends TargetSpec {
  readonly name: string;
  /** The root's id or another unit's. */
  readonly parentId: string;
}

export type UnitRow = Row<UnitSpec, null>;

/** By `ou-…`. */
export const units = defineSpecTable<UnitSpec>({
  name: 'organizations.units',
  isGlobal: true,
  indexes: {
    byParent: ({ spec }) => [spec.parentId],
    byPolicy: ({ spec }) => spec.policyIds,
  },
});
