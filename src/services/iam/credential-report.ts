// The credential report's CSV: a line for root and one for each user.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html#id_credentials_understanding_the_report_format

import type { OperationContext } from '../../aws/operation.ts';
import type { TimestampMs } from '../../kernel/clock.ts';
import { accessKeysOf } from './access-keys.ts';
import { accountKey, accounts, type PasswordPolicySpec } from './accounts.table.ts';
import { mfaDevices } from './mfa-devices.table.ts';
import { signingCertificates } from './signing-certificates.table.ts';
import { type LoginProfileSpec, userArnOf, users } from './users.table.ts';
import { keyUses } from './uses.table.ts';

const keyColumns = (position: number): readonly string[] =>
  ['active', 'last_rotated', 'last_used_date', 'last_used_region', 'last_used_service'].map(
    (column) => `access_key_${position}_${column}`,
  );

const columns = [
  'user',
  'arn',
  'user_creation_time',
  'password_enabled',
  'password_last_used',
  'password_last_changed',
  'password_next_rotation',
  'mfa_active',
  ...keyColumns(1),
  ...keyColumns(2),
  'cert_1_active',
  'cert_1_last_rotated',
  'cert_2_active',
  'cert_2_last_rotated',
];

const none = 'N/A';

export function writeCredentialReport(ctx: OperationContext): string {
  const account = ctx.table(accounts).get(accountKey);
  const root = [
    '<root_account>',
    `arn:aws:iam::${ctx.account}:root`,
    date(account?.createdAtMs ?? ctx.nowMs),
    'not_supported',
    'no_information',
    'not_supported',
    'not_supported',
    ...credentialCells(ctx, ctx.account),
  ];
  const lines = [...ctx.table(users).list()].map((user) => [
    user.spec.name,
    userArnOf(user),
    date(user.createdAtMs),
    ...passwordCells(user.spec.loginProfile, account?.spec.passwordPolicy),
    ...credentialCells(ctx, user.spec.userId),
  ]);
  return [columns, root, ...lines].map((cells) => cells.join(',')).join('\n');
}

const dayMs = 24 * 3600_000;

function passwordCells(profile: LoginProfileSpec | undefined, policy: PasswordPolicySpec | undefined) {
  if (!profile) return ['false', none, none, none];
  const maxAge = policy?.MaxPasswordAge ?? 0;
  const next = maxAge > 0 ? date(profile.changedAtMs + maxAge * dayMs) : none;
  // Nobody signs in anywhere with a password here.
  return ['true', 'no_information', date(profile.changedAtMs), next];
}

function credentialCells(ctx: OperationContext, ownerId: string): readonly string[] {
  const hasDevice = [...ctx.table(mfaDevices).by('byUser', ownerId)].length > 0;
  const keys = accessKeysOf(ctx, ownerId).toSorted((a, b) => a.createdAtMs - b.createdAtMs);
  const certificates = [...ctx.table(signingCertificates).by('byUser', ownerId)].sort(
    (a, b) => a.createdAtMs - b.createdAtMs,
  );
  return [
    String(hasDevice),
    ...[0, 1].flatMap((position) => {
      const key = keys[position];
      if (!key) return ['false', none, none, none, none];
      const use = ctx.table(keyUses).get(key.id)?.spec;
      const used = use ? [date(use.usedAtMs), use.region, use.service] : [none, none, none];
      return [String(key.spec.status === 'Active'), date(key.createdAtMs), ...used];
    }),
    ...[0, 1].flatMap((position) => {
      const certificate = certificates[position];
      return certificate
        ? [String(certificate.spec.status === 'Active'), date(certificate.createdAtMs)]
        : ['false', none];
    }),
  ];
}

const date = (ms: TimestampMs): string => `${new Date(ms).toISOString().slice(0, 19)}+00:00`;
