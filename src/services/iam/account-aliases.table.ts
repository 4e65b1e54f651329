// Account aliases, which no two accounts share.

import { defineSpecTable } from '../../kernel/table.ts';

/** By alias, in the account that has it. */
export const accountAliases = defineSpecTable<Record<never, never>>({ name: 'iam.accountAliases', isGlobal: true });
