// UploadSSHPublicKey, GetSSHPublicKey, ListSSHPublicKeys, UpdateSSHPublicKey, DeleteSSHPublicKey.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UploadSSHPublicKey.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi, SSHPublicKey } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { requireUser } from './holders.ts';
import { noSuchPublicKey, quotaExceeded } from './iam.errors.ts';
import { byAge, pageOf } from './pages.ts';
import { quotas } from './quotas.ts';
import { parseSshPublicKey } from './ssh-key-forms.ts';
import { type SshPublicKeyRow, sshPublicKeys } from './ssh-public-keys.table.ts';
import { requireUserOrCaller } from './users.ts';

export const sshPublicKeyOperations = {
  UploadSSHPublicKey(ctx, { UserName, SSHPublicKeyBody }) {
    const { spec: user } = requireUser(ctx, UserName);
    const key = parseSshPublicKey(SSHPublicKeyBody);
    const present = keysOf(ctx, user.userId);
    if (present.some(({ spec }) => spec.fingerprint === key.fingerprint))
      throw awsError('DuplicateSSHPublicKey', 'The SSH public key is already associated with the specified IAM user.');
    if (present.length >= quotas.sshPublicKeysPerUser)
      throw quotaExceeded('SSHPublicKeysPerUser', quotas.sshPublicKeysPerUser);
    const row = ctx
      .table(sshPublicKeys)
      .insert(newIamId(ctx.random, 'APKA', 20), { ...key, userId: user.userId, status: 'Active' });
    return { SSHPublicKey: describe(row, user.name, SSHPublicKeyBody) };
  },

  GetSSHPublicKey(ctx, { UserName, SSHPublicKeyId, Encoding }) {
    const row = requireKey(ctx, UserName, SSHPublicKeyId);
    return { SSHPublicKey: describe(row, UserName, Encoding === 'PEM' ? row.spec.pem : row.spec.openSsh) };
  },

  ListSSHPublicKeys(ctx, input) {
    const { spec: user } = requireUserOrCaller(ctx, input.UserName);
    const found = byAge(keysOf(ctx, user.userId));
    const { rows, page } = pageOf(ctx, `ListSSHPublicKeys ${user.userId}`, input, found);
    const shown = rows.map(({ row: { id, spec, createdAtMs } }) => ({
      UserName: user.name,
      SSHPublicKeyId: id,
      Status: spec.status,
      UploadDate: createdAtMs,
    }));
    return { SSHPublicKeys: shown, ...page };
  },

  UpdateSSHPublicKey(ctx, { UserName, SSHPublicKeyId, Status }) {
    const { id, spec } = requireKey(ctx, UserName, SSHPublicKeyId);
    ctx.table(sshPublicKeys).update(id, () => ({ ...spec, status: Status }));
    return {};
  },

  DeleteSSHPublicKey(ctx, { UserName, SSHPublicKeyId }) {
    ctx.table(sshPublicKeys).remove(requireKey(ctx, UserName, SSHPublicKeyId).id);
    return {};
  },
} satisfies Operations<IamApi>;

const keysOf = (ctx: OperationContext, userId: string): readonly SshPublicKeyRow[] => [
  ...ctx.table(sshPublicKeys).by('byUser', userId),
];

function requireKey(ctx: OperationContext, userName: string, id: string): SshPublicKeyRow {
  const { spec: user } = requireUser(ctx, userName);
  const row = ctx.table(sshPublicKeys).get(id);
  if (row?.spec.userId !== user.userId) throw noSuchPublicKey(id);
  return row;
}

const describe = ({ id, spec, createdAtMs }: SshPublicKeyRow, userName: string, body: string): SSHPublicKey => ({
  UserName: userName,
  SSHPublicKeyId: id,
  Fingerprint: spec.fingerprint,
  SSHPublicKeyBody: body,
  Status: spec.status,
  UploadDate: createdAtMs,
});
