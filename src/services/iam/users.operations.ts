// CreateUser, GetUser, ListUsers, UpdateUser, DeleteUser.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html

import { credentials } from '../../aws/credentials.table.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi, User } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { quotas } from '../service-quotas/index.ts';
import { accessKeysOf } from './access-keys.ts';
import { accountKey, accounts } from './accounts.table.ts';
import { requireBoundaryPolicy } from './boundaries.operations.ts';
import { checkHoldsNothing, requireUser } from './holders.ts';
import { deleteConflict, entityAlreadyExists } from './iam.errors.ts';
import { holdsNothing } from './identities.ts';
import { mfaDevices } from './mfa-devices.table.ts';
import { checkPath, iamArn, keyOf } from './names.ts';
import { pageOf } from './pages.ts';
import { requireRoom } from './quotas.ts';
import { serviceCredentials } from './service-credentials.table.ts';
import { signingCertificates } from './signing-certificates.table.ts';
import { sshPublicKeys } from './ssh-public-keys.table.ts';
import { addTags } from './tags.ts';
import { renameTrusted } from './trusted-principals.ts';
import { type UserRow, userArnOf, users } from './users.table.ts';
import { describeUser, describeUserInFull, requireUserOrCaller } from './users.ts';
import { forgetUses } from './uses.ts';

export const userOperations = {
  CreateUser(ctx, { UserName, Path = '/', PermissionsBoundary, Tags = [] }) {
    checkPath(Path);
    const rows = ctx.table(users);
    const key = keyOf(UserName);
    if (rows.has(key)) throw entityAlreadyExists(`User with name ${UserName} already exists.`);
    if (PermissionsBoundary !== undefined) requireBoundaryPolicy(ctx, PermissionsBoundary);
    requireRoom(ctx, users, quotas.users, 'UsersPerAccount');
    const row = rows.insert(key, {
      ...holdsNothing,
      name: UserName,
      path: Path,
      userId: newIamId(ctx.random, 'AIDA'),
      ...(PermissionsBoundary !== undefined && { boundaryArn: PermissionsBoundary }),
      tags: addTags([], Tags, 'User'),
      groups: [],
    });
    return { User: describeUserInFull(row) };
  },

  GetUser(ctx, { UserName }) {
    if (UserName !== undefined) return { User: describeUserInFull(requireUser(ctx, UserName)) };
    if (ctx.principal.kind === 'root') return { User: describeRoot(ctx) };
    return { User: describeUserInFull(requireUserOrCaller(ctx, UserName)) };
  },

  ListUsers(ctx, input) {
    const { PathPrefix = '/' } = input;
    const { rows, page } = pageOf(
      ctx,
      `ListUsers ${PathPrefix}`,
      input,
      (afterId) => ctx.table(users).list(afterId),
      ({ spec }) => spec.path.startsWith(PathPrefix),
    );
    return { Users: rows.map(describeUser), ...page };
  },

  UpdateUser(ctx, { UserName, NewPath, NewUserName }) {
    const row = requireUser(ctx, UserName);
    const name = NewUserName ?? row.spec.name;
    const path = NewPath === undefined ? row.spec.path : checkPath(NewPath, 'newPath');
    if (keyOf(name) !== row.id && ctx.table(users).has(keyOf(name)))
      throw entityAlreadyExists(`User with name ${name} already exists.`);
    moveUser(ctx, row, name, path);
    return {};
  },

  DeleteUser(ctx, { UserName }) {
    const row = requireUser(ctx, UserName);
    checkDeletable(ctx, row);
    ctx.table(users).remove(row.id);
    renameTrusted(ctx, userArnOf(row), row.spec.userId);
    forgetUses(ctx, row.spec.userId);
    return {};
  },
} satisfies Operations<IamApi>;

/** What a user's other things name it by is changed with it. */
function moveUser(ctx: OperationContext, row: UserRow, name: string, path: string): void {
  const spec = { ...row.spec, name, path };
  const key = keyOf(name);
  if (key === row.id) ctx.table(users).update(row.id, () => spec);
  else {
    ctx.table(users).remove(row.id);
    ctx.table(users).insert(key, spec);
  }
  const arn = iamArn(row.account, 'user', path, name);
  renameTrusted(ctx, userArnOf(row), arn);
  for (const { id } of accessKeysOf(ctx, spec.userId)) {
    ctx.table(credentials).update(id, (credential) => ({ ...credential, principal: { ...credential.principal, arn } }));
  }
}

function checkDeletable(ctx: OperationContext, { spec }: UserRow): void {
  const { userId } = spec;
  const has = (rows: Iterable<unknown>): boolean => {
    for (const _ of rows) return true;
    return false;
  };
  const conflict = (what: string) => deleteConflict(`Cannot delete entity, must ${what} first.`);
  if (spec.loginProfile) throw conflict('delete login profile');
  if (accessKeysOf(ctx, userId).length > 0) throw conflict('delete access keys');
  if (has(ctx.table(signingCertificates).by('byUser', userId))) throw conflict('delete signing certificates');
  if (has(ctx.table(sshPublicKeys).by('byUser', userId))) throw conflict('delete SSH public keys');
  if (has(ctx.table(serviceCredentials).by('byUser', userId)))
    throw deleteConflict('Cannot delete entity, must remove referenced objects first.');
  if (has(ctx.table(mfaDevices).by('byUser', userId))) throw conflict('delete MFA device');
  checkHoldsNothing(spec);
  if (spec.groups.length > 0) throw conflict('remove users from group');
}

/** Root is no user: it has neither name nor path. */
function describeRoot(ctx: OperationContext): User {
  const { account } = ctx;
  const createdAtMs = ctx.table(accounts).get(accountKey)?.createdAtMs ?? ctx.nowMs;
  const root = { UserId: account, Arn: `arn:aws:iam::${account}:root`, CreateDate: createdAtMs };
  return root as User;
}
