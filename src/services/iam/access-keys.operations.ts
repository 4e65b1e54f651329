// CreateAccessKey, ListAccessKeys, UpdateAccessKey, DeleteAccessKey, GetAccessKeyLastUsed. Without a user name they are about
// whoever asks, root included.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html

import { type CredentialSpec, credentials } from '../../aws/credentials.table.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import { type Principal, rootPrincipal } from '../../aws/principal.ts';
import type { AccessKeyLastUsed, IamApi } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { type AccessKeyRow, accessKeysOf } from './access-keys.ts';
import { requireUser } from './holders.ts';
import { mustSpecifyUserName, noSuchAccessKey, quotaExceeded, validationError } from './iam.errors.ts';
import { nameInArn } from './names.ts';
import { byAge, pageOf } from './pages.ts';
import { quotas } from './quotas.ts';
import { userArnOf } from './users.table.ts';
import { getCallingUser } from './users.ts';
import { keyUses } from './uses.table.ts';

export const accessKeyOperations = {
  CreateAccessKey(ctx, { UserName }) {
    const owner = requireOwner(ctx, UserName);
    if (accessKeysOf(ctx, owner.userId).length >= quotas.accessKeysPerUser)
      throw quotaExceeded('AccessKeysPerUser', quotas.accessKeysPerUser);
    const secretAccessKey = Buffer.from(ctx.random.bytes(30)).toString('base64');
    const row = ctx
      .table(credentials)
      .insert(newIamId(ctx.random, 'AKIA', 20), { secretAccessKey, principal: owner, status: 'Active' });
    return {
      AccessKey: {
        UserName: userNameOf(row),
        AccessKeyId: row.id,
        Status: row.spec.status,
        SecretAccessKey: secretAccessKey,
        CreateDate: row.createdAtMs,
      },
    };
  },

  ListAccessKeys(ctx, input) {
    const owner = requireOwner(ctx, input.UserName);
    const { rows, page } = pageOf(ctx, `ListAccessKeys ${owner.userId}`, input, byAge(accessKeysOf(ctx, owner.userId)));
    const shown = rows.map(({ row }) => ({
      UserName: userNameOf(row),
      AccessKeyId: row.id,
      Status: row.spec.status,
      CreateDate: row.createdAtMs,
    }));
    return { AccessKeyMetadata: shown, ...page };
  },

  UpdateAccessKey(ctx, { UserName, AccessKeyId, Status }) {
    if (Status === 'Expired') throw validationError("Value 'Expired' at 'status' is not allowed.");
    const { id } = requireKey(ctx, UserName, AccessKeyId);
    ctx.table(credentials).update(id, (spec): CredentialSpec => ({ ...spec, status: Status }));
    return {};
  },

  DeleteAccessKey(ctx, { UserName, AccessKeyId }) {
    const { id } = requireKey(ctx, UserName, AccessKeyId);
    ctx.table(credentials).remove(id);
    ctx.table(keyUses).remove(id);
    return {};
  },

  GetAccessKeyLastUsed(ctx, { AccessKeyId }) {
    const row = ctx.table(credentials).get(AccessKeyId);
    if (!row || row.spec.sessionToken !== undefined) throw noSuchAccessKey(AccessKeyId);
    return { UserName: userNameOf(row), AccessKeyLastUsed: lastUsed(ctx, AccessKeyId) };
  },
} satisfies Operations<IamApi>;

/** Whose keys it is about, as the gateway is to know them. */
function requireOwner(ctx: OperationContext, name: string | undefined): Principal {
  const user = name === undefined ? getCallingUser(ctx) : requireUser(ctx, name);
  if (user) return { kind: 'user', arn: userArnOf(user), userId: user.spec.userId, account: ctx.account };
  if (ctx.principal.kind !== 'root') throw mustSpecifyUserName();
  return rootPrincipal(ctx.account);
}

/** Without a user name, AWS takes any key of the account that the caller may change. */
function requireKey(ctx: OperationContext, userName: string | undefined, accessKeyId: string): AccessKeyRow {
  const ownerId = userName === undefined ? undefined : requireUser(ctx, userName).spec.userId;
  const row = ctx.table(credentials).get(accessKeyId);
  const isOwned =
    row && row.spec.sessionToken === undefined && (ownerId ?? row.spec.principal.userId) === row.spec.principal.userId;
  if (!isOwned) throw noSuchAccessKey(accessKeyId);
  return row;
}

/** Root's is the account's number. */
const userNameOf = ({ spec: { principal } }: AccessKeyRow): string =>
  principal.kind === 'root' ? principal.account : nameInArn(principal.arn);

/** A key that was never used has no date, and neither service nor region. */
function lastUsed(ctx: OperationContext, accessKeyId: string): AccessKeyLastUsed {
  const use = ctx.table(keyUses).get(accessKeyId)?.spec;
  if (!use) return { ServiceName: 'N/A', Region: 'N/A' };
  return { LastUsedDate: use.usedAtMs, ServiceName: use.service, Region: use.region };
}
