// CreateVirtualMFADevice, EnableMFADevice, ResyncMFADevice, DeactivateMFADevice, DeleteVirtualMFADevice, GetMFADevice and
// the lists of them.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_cliapi.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import { inOrder } from '../../aws/paginate.ts';
import type { IamApi, VirtualMFADevice } from '../../generated/iam.types.ts';
import { accountKey, accounts } from './accounts.table.ts';
import { requireUser } from './holders.ts';
import {
  deleteConflict,
  entityAlreadyExists,
  mfaDeviceNotEnabled,
  mustSpecifyUserName,
  quotaExceeded,
} from './iam.errors.ts';
import { type MfaDeviceRow, type MfaDeviceSpec, mfaDevices } from './mfa-devices.table.ts';
import { mfaDeviceKey, requireMfaDevice, synchronize } from './mfa-devices.ts';
import { checkPath, iamArn } from './names.ts';
import { pageOf } from './pages.ts';
import { qrCodePng } from './qr-code.ts';
import { quotas } from './quotas.ts';
import { addTags, tagsShown } from './tags.ts';
import { formatBase32 } from './totp.ts';
import { users } from './users.table.ts';
import { describeUserInFull, getCallingUser } from './users.ts';

const seedBytes = 40;

export const mfaDeviceOperations = {
  CreateVirtualMFADevice(ctx, { Path = '/', VirtualMFADeviceName, Tags = [] }) {
    checkPath(Path);
    const serialNumber = iamArn(ctx.account, 'mfa', Path, VirtualMFADeviceName);
    const key = mfaDeviceKey(serialNumber);
    if (ctx.table(mfaDevices).has(key))
      throw entityAlreadyExists('MFADevice entity at the same path and name already exists.');
    const seed = formatBase32(ctx.random.bytes(seedBytes));
    const row = ctx.table(mfaDevices).insert(key, {
      serialNumber,
      name: VirtualMFADeviceName,
      path: Path,
      seed,
      tags: addTags([], Tags, 'VirtualMFADevice'),
      driftSteps: 0,
      lastStep: 0,
    });
    return {
      VirtualMFADevice: {
        SerialNumber: serialNumber,
        Base32StringSeed: Buffer.from(seed),
        QRCodePNG: qrCodePng(provisioningUri(ctx, VirtualMFADeviceName, seed)),
        ...tagsShown(row.spec.tags),
      },
    };
  },

  EnableMFADevice(ctx, { UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }) {
    const ownerId = requireOwnerId(ctx, UserName);
    const row = requireMfaDevice(ctx, SerialNumber);
    if (row.spec.ownerId !== undefined) throw entityAlreadyExists('MFA Device is already in use.');
    if (devicesOf(ctx, ownerId).length >= quotas.mfaDevicesPerUser)
      throw quotaExceeded('MFADevicesPerUser', quotas.mfaDevicesPerUser);
    const synchronized = synchronize(ctx, row, [AuthenticationCode1, AuthenticationCode2], false);
    ctx.table(mfaDevices).update(row.id, (spec) => ({ ...spec, ...synchronized, ownerId, enabledAtMs: ctx.nowMs }));
    return {};
  },

  ResyncMFADevice(ctx, { UserName, SerialNumber, AuthenticationCode1, AuthenticationCode2 }) {
    const row = requireDeviceOf(ctx, UserName, SerialNumber);
    const synchronized = synchronize(ctx, row, [AuthenticationCode1, AuthenticationCode2], true);
    ctx.table(mfaDevices).update(row.id, (spec) => ({ ...spec, ...synchronized }));
    return {};
  },

  DeactivateMFADevice(ctx, { UserName, SerialNumber }) {
    const { id } =
      UserName === undefined ? requireDeviceOfCaller(ctx, SerialNumber) : requireDeviceOf(ctx, UserName, SerialNumber);
    ctx.table(mfaDevices).update(id, ({ ownerId: _, enabledAtMs: __, ...spec }): MfaDeviceSpec => spec);
    return {};
  },

  DeleteVirtualMFADevice(ctx, { SerialNumber }) {
    const { id, spec } = requireMfaDevice(ctx, SerialNumber);
    if (spec.ownerId !== undefined) throw deleteConflict('MFA VirtualDevice in use. Must deactivate first.');
    ctx.table(mfaDevices).remove(id);
    return {};
  },

  GetMFADevice(ctx, { SerialNumber, UserName }) {
    const { spec } =
      UserName === undefined ? requireMfaDevice(ctx, SerialNumber) : requireDeviceOf(ctx, UserName, SerialNumber);
    const owner = ownerOf(ctx, spec);
    return {
      ...(owner && { UserName: owner.spec.name }),
      SerialNumber,
      ...(spec.enabledAtMs !== undefined && { EnableDate: spec.enabledAtMs }),
    };
  },

  ListMFADevices(ctx, input) {
    const ownerId = requireOwnerId(ctx, input.UserName);
    const found = inOrder(devicesOf(ctx, ownerId));
    const { rows, page } = pageOf(ctx, `ListMFADevices ${ownerId}`, input, found);
    const shown = rows.map(({ spec, createdAtMs }) => ({
      UserName: ownerOf(ctx, spec)?.spec.name ?? ctx.account,
      SerialNumber: spec.serialNumber,
      EnableDate: spec.enabledAtMs ?? createdAtMs,
    }));
    return { MFADevices: shown, ...page };
  },

  ListVirtualMFADevices(ctx, input) {
    const { AssignmentStatus = 'Any' } = input;
    const { rows, page } = pageOf(
      ctx,
      `ListVirtualMFADevices ${AssignmentStatus}`,
      input,
      (afterId) => ctx.table(mfaDevices).list(afterId),
      ({ spec }) => AssignmentStatus === 'Any' || (AssignmentStatus === 'Assigned') === (spec.ownerId !== undefined),
    );
    return { VirtualMFADevices: rows.map((row) => describeVirtual(ctx, row)), ...page };
  },
} satisfies Operations<IamApi>;

function provisioningUri(ctx: OperationContext, name: string, seed: string): string {
  const account = ctx.table(accounts).get(accountKey)?.spec.alias ?? ctx.account;
  return `otpauth://totp/Amazon%20Web%20Services:${encodeURIComponent(`${name}@${account}`)}?secret=${seed}&issuer=Amazon%20Web%20Services`;
}

const devicesOf = (ctx: OperationContext, ownerId: string): readonly MfaDeviceRow[] => [
  ...ctx.table(mfaDevices).by('byUser', ownerId),
];

/** A user's id; root's is the account's number. */
function requireOwnerId(ctx: OperationContext, name: string | undefined): string {
  if (name !== undefined && !(name === ctx.account && ctx.principal.kind === 'root'))
    return requireUser(ctx, name).spec.userId;
  const caller = getCallingUser(ctx);
  if (caller) return caller.spec.userId;
  if (ctx.principal.kind !== 'root') throw mustSpecifyUserName();
  return ctx.account;
}

function requireDeviceOf(ctx: OperationContext, userName: string, serialNumber: string): MfaDeviceRow {
  const ownerId = requireOwnerId(ctx, userName);
  const row = requireMfaDevice(ctx, serialNumber);
  if (row.spec.ownerId !== ownerId) throw mfaDeviceNotEnabled(serialNumber, userName);
  return row;
}

function requireDeviceOfCaller(ctx: OperationContext, serialNumber: string): MfaDeviceRow {
  const ownerId = requireOwnerId(ctx, undefined);
  const row = requireMfaDevice(ctx, serialNumber);
  if (row.spec.ownerId !== ownerId) throw mfaDeviceNotEnabled(serialNumber, ctx.principal.arn);
  return row;
}

function ownerOf(ctx: OperationContext, { ownerId }: MfaDeviceSpec) {
  const [user] = ownerId === undefined ? [] : ctx.table(users).by('byUserId', ownerId);
  return user;
}

function describeVirtual(ctx: OperationContext, { spec }: MfaDeviceRow): VirtualMFADevice {
  const owner = ownerOf(ctx, spec);
  return {
    SerialNumber: spec.serialNumber,
    ...(owner && { User: describeUserInFull(owner) }),
    ...(spec.enabledAtMs !== undefined && { EnableDate: spec.enabledAtMs }),
  };
}
