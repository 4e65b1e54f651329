// A user's access keys: the rows by which the gateway knows who signs.

import { type CredentialSpec, credentials } from '../../aws/credentials.table.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Row } from '../../kernel/table.ts';

export type AccessKeyRow = Row<CredentialSpec, null>;

/** `ownerId`: a user's id, or the account's number for root. */
export function accessKeysOf(ctx: OperationContext, ownerId: string): readonly AccessKeyRow[] {
  return [...ctx.table(credentials).by('byOwner', ownerId)];
}
