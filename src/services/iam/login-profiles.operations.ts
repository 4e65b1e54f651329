// CreateLoginProfile, GetLoginProfile, UpdateLoginProfile, DeleteLoginProfile, ChangePassword.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateLoginProfile.html

import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi, LoginProfile } from '../../generated/iam.types.ts';
import { accountKey, accounts, type PasswordPolicySpec } from './accounts.table.ts';
import { entityAlreadyExists, noSuchLoginProfile, validationError } from './iam.errors.ts';
import { checkPassword, hashPassword, isPassword, passwordRefused } from './passwords.ts';
import { type LoginProfileSpec, type UserRow, type UserSpec, users } from './users.table.ts';
import { getCallingUser, requireUserOrCaller } from './users.ts';

/** The most that a password policy can forbid to use again. */
const mostEarlierHashes = 24;

export const loginProfileOperations = {
  CreateLoginProfile(ctx, { UserName, Password, PasswordResetRequired = false }) {
    const user = requireUserOrCaller(ctx, UserName);
    if (user.spec.loginProfile) throw entityAlreadyExists(`Login Profile for user ${user.spec.name} already exists.`);
    if (Password === undefined) throw validationError('Must specify a password.');
    checkPassword(Password, user.spec.name, policyOf(ctx));
    const profile: LoginProfileSpec = {
      passwordHash: hashPassword(ctx.random, Password),
      earlierHashes: [],
      createdAtMs: ctx.nowMs,
      changedAtMs: ctx.nowMs,
      mustChange: PasswordResetRequired,
    };
    ctx.table(users).update(user.id, (spec) => ({ ...spec, loginProfile: profile }));
    return { LoginProfile: describe(user, profile) };
  },

  GetLoginProfile(ctx, { UserName }) {
    const user = requireUserOrCaller(ctx, UserName);
    return { LoginProfile: describe(user, requireProfile(user)) };
  },

  UpdateLoginProfile(ctx, { UserName, Password, PasswordResetRequired }) {
    const user = requireUserOrCaller(ctx, UserName);
    const profile = requireProfile(user);
    if (Password !== undefined) checkPassword(Password, user.spec.name, policyOf(ctx));
    const changed = Password === undefined ? profile : withPassword(ctx, profile, Password);
    const loginProfile = { ...changed, mustChange: PasswordResetRequired ?? profile.mustChange };
    ctx.table(users).update(user.id, (spec) => ({ ...spec, loginProfile }));
    return {};
  },

  DeleteLoginProfile(ctx, { UserName }) {
    const user = requireUserOrCaller(ctx, UserName);
    requireProfile(user);
    ctx.table(users).update(user.id, ({ loginProfile: _, ...spec }): UserSpec => spec);
    return {};
  },

  ChangePassword(ctx, { OldPassword, NewPassword }) {
    const user = getCallingUser(ctx);
    if (!user) throw awsError('InvalidUserType', 'Only IAM Users can change their own password.');
    const profile = requireProfile(user);
    const policy = policyOf(ctx);
    const isExpired = policy?.HardExpiry && isOver(profile, policy, ctx.nowMs);
    if (isExpired) throw awsError('AccessDenied', 'The password has expired, and an administrator must reset it.', 403);
    if (!isPassword(OldPassword, profile.passwordHash))
      throw awsError('AccessDenied', 'The old password was incorrect.', 403);
    checkPassword(NewPassword, user.spec.name, policy);
    checkReuse(NewPassword, profile, policy);
    const loginProfile = { ...withPassword(ctx, profile, NewPassword), mustChange: false };
    ctx.table(users).update(user.id, (spec) => ({ ...spec, loginProfile }));
    return {};
  },
} satisfies Operations<IamApi>;

export const policyOf = (ctx: OperationContext): PasswordPolicySpec | undefined =>
  ctx.table(accounts).get(accountKey)?.spec.passwordPolicy;

function requireProfile({ spec }: UserRow): LoginProfileSpec {
  if (!spec.loginProfile) throw noSuchLoginProfile(spec.name);
  return spec.loginProfile;
}

function withPassword(ctx: OperationContext, profile: LoginProfileSpec, password: string): LoginProfileSpec {
  return {
    ...profile,
    passwordHash: hashPassword(ctx.random, password),
    earlierHashes: [profile.passwordHash, ...profile.earlierHashes].slice(0, mostEarlierHashes),
    changedAtMs: ctx.nowMs,
  };
}

function checkReuse(password: string, profile: LoginProfileSpec, policy: PasswordPolicySpec | undefined): void {
  const hashes = [profile.passwordHash, ...profile.earlierHashes].slice(0, policy?.PasswordReusePrevention ?? 0);
  if (hashes.some((hash) => isPassword(password, hash))) throw passwordRefused();
}

const dayMs = 24 * 3600_000;

function isOver({ changedAtMs }: LoginProfileSpec, { MaxPasswordAge = 0 }: PasswordPolicySpec, nowMs: number): boolean {
  return MaxPasswordAge > 0 && changedAtMs + MaxPasswordAge * dayMs <= nowMs;
}

function describe({ spec }: UserRow, { createdAtMs, mustChange }: LoginProfileSpec): LoginProfile {
  return { UserName: spec.name, CreateDate: createdAtMs, PasswordResetRequired: mustChange };
}
