// CreateServiceSpecificCredential, ListServiceSpecificCredentials, and what changes and removes them.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceSpecificCredential.html

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { IamApi, ServiceSpecificCredential } from '../../generated/iam.types.ts';
import { newIamId } from '../../kernel/ids.ts';
import { requireUser } from './holders.ts';
import { noCredentialsForService, noSuchServiceCredential, quotaExceeded, validationError } from './iam.errors.ts';
import { byAge, pageOf } from './pages.ts';
import { hashPassword } from './passwords.ts';
import { quotas } from './quotas.ts';
import {
  type ServiceCredentialRow,
  type ServiceCredentialSpec,
  serviceCredentials,
} from './service-credentials.table.ts';
import { users } from './users.table.ts';
import { requireUserOrCaller } from './users.ts';

/** Whether a service takes a user name and a password, or an API key. */
const services: Readonly<Record<string, 'password' | 'key'>> = {
  'codecommit.amazonaws.com': 'password',
  'cassandra.amazonaws.com': 'password',
  'bedrock.amazonaws.com': 'key',
  'logs.amazonaws.com': 'key',
};

const dayMs = 24 * 3600_000;

export const serviceCredentialOperations = {
  CreateServiceSpecificCredential(ctx, { UserName, ServiceName, CredentialAgeDays }) {
    const { spec: user } = requireUser(ctx, UserName);
    const kind = requireKind(ServiceName);
    if (CredentialAgeDays !== undefined && kind === 'password')
      throw validationError(`Credentials of ${ServiceName} do not expire.`);
    const present = credentialsOf(ctx, user.userId).filter(({ spec }) => spec.serviceName === ServiceName);
    if (present.length >= quotas.serviceCredentialsPerUser)
      throw quotaExceeded('ServiceSpecificCredentialsPerUser', quotas.serviceCredentialsPerUser);
    const secret = newSecret(ctx);
    // The second one of a user gets a number.
    const suffix = present.length === 0 ? '' : `+${present.length}`;
    const row = ctx.table(serviceCredentials).insert(newIamId(ctx.random, 'ACCA'), {
      userId: user.userId,
      serviceName: ServiceName,
      ...(kind === 'password'
        ? { serviceUserName: `${user.name}${suffix}-at-${ctx.account}` }
        : { alias: `${user.name}${suffix}-at-${ctx.account}` }),
      secretHash: hashPassword(ctx.random, secret),
      status: 'Active',
      ...(CredentialAgeDays !== undefined && { expiresAtMs: ctx.nowMs + CredentialAgeDays * dayMs }),
    });
    return { ServiceSpecificCredential: withSecret(ctx, row, secret) };
  },

  ListServiceSpecificCredentials(ctx, input) {
    const { ServiceName, AllUsers = false } = input;
    const user = AllUsers ? undefined : requireUserOrCaller(ctx, input.UserName).spec;
    if (ServiceName !== undefined) requireKind(ServiceName);
    const found = user ? credentialsOf(ctx, user.userId) : [...ctx.table(serviceCredentials).list()];
    const { rows, page } = pageOf(
      ctx,
      `ListServiceSpecificCredentials ${user?.userId} ${ServiceName}`,
      input,
      byAge(found),
      ({ row }) => ServiceName === undefined || row.spec.serviceName === ServiceName,
    );
    return { ServiceSpecificCredentials: rows.map(({ row }) => describe(ctx, row)), ...(page.IsTruncated && page) };
  },

  ResetServiceSpecificCredential(ctx, { UserName, ServiceSpecificCredentialId }) {
    const { id } = requireCredential(ctx, UserName, ServiceSpecificCredentialId);
    const secret = newSecret(ctx);
    const row = ctx
      .table(serviceCredentials)
      .update(id, (spec) => ({ ...spec, secretHash: hashPassword(ctx.random, secret) }));
    return { ServiceSpecificCredential: withSecret(ctx, row, secret) };
  },

  UpdateServiceSpecificCredential(ctx, { UserName, ServiceSpecificCredentialId, Status }) {
    const { id, spec } = requireCredential(ctx, UserName, ServiceSpecificCredentialId);
    ctx.table(serviceCredentials).update(id, (): ServiceCredentialSpec => ({ ...spec, status: Status }));
    return {};
  },

  DeleteServiceSpecificCredential(ctx, { UserName, ServiceSpecificCredentialId }) {
    ctx.table(serviceCredentials).remove(requireCredential(ctx, UserName, ServiceSpecificCredentialId).id);
    return {};
  },
} satisfies Operations<IamApi>;

function requireKind(serviceName: string): 'password' | 'key' {
  const kind = Object.hasOwn(services, serviceName) ? services[serviceName] : undefined;
  if (!kind) throw noCredentialsForService(serviceName);
  return kind;
}

const newSecret = (ctx: OperationContext): string => Buffer.from(ctx.random.bytes(32)).toString('base64');

const credentialsOf = (ctx: OperationContext, userId: string): readonly ServiceCredentialRow[] => [
  ...ctx.table(serviceCredentials).by('byUser', userId),
];

function requireCredential(ctx: OperationContext, userName: string | undefined, id: string): ServiceCredentialRow {
  const { spec: user } = requireUserOrCaller(ctx, userName);
  const row = ctx.table(serviceCredentials).get(id);
  if (row?.spec.userId !== user.userId) throw noSuchServiceCredential(id);
  return row;
}

function describe(ctx: OperationContext, { id, spec, createdAtMs }: ServiceCredentialRow) {
  const [user] = ctx.table(users).by('byUserId', spec.userId);
  const isOver = spec.expiresAtMs !== undefined && spec.expiresAtMs <= ctx.nowMs;
  return {
    UserName: user?.spec.name ?? '',
    ServiceName: spec.serviceName,
    ...(spec.serviceUserName !== undefined && { ServiceUserName: spec.serviceUserName }),
    ...(spec.alias !== undefined && { ServiceCredentialAlias: spec.alias }),
    CreateDate: createdAtMs,
    ...(spec.expiresAtMs !== undefined && { ExpirationDate: spec.expiresAtMs }),
    ServiceSpecificCredentialId: id,
    Status: isOver ? ('Expired' as const) : spec.status,
  };
}

/** It is shown this once. */
function withSecret(ctx: OperationContext, row: ServiceCredentialRow, secret: string): ServiceSpecificCredential {
  const shown = describe(ctx, row);
  return row.spec.serviceUserName === undefined
    ? { ...shown, ServiceCredentialSecret: secret }
    : { ...shown, ServicePassword: secret };
}
