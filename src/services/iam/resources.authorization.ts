// IAM's resources as policies see them: ARNs with their paths, which only the rows know; the name alone for what is not
// there. Who names no user means themselves.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns

import { type ResourceRef, type Rows, resource } from '../../aws/authorization.ts';
import { credentials } from '../../aws/credentials.table.ts';
import type { RequestContext } from '../../aws/operation.ts';
import { tagsByKey } from '../../aws/tags.ts';
import type { Tag } from '../../generated/iam.types.ts';
import type { Row, Scope, Table } from '../../kernel/table.ts';
import { groupArnOf, groups } from './groups.table.ts';
import { instanceProfileArnOf, instanceProfiles } from './instance-profiles.table.ts';
import { iamArn, keyOf, nameInArn } from './names.ts';
import { policies } from './policies.table.ts';
import { roleArnOf, roles } from './roles.table.ts';
import { serverCertificateArnOf, serverCertificates } from './server-certificates.table.ts';
import { userArnOf, users } from './users.table.ts';

const ref = (arn: string, account: string, id: string): ResourceRef => ({ arn, account, region: '', id });

const inAccount = ({ account }: Scope): Scope => ({ account, region: '' });

interface Tagged {
  readonly name: string;
  readonly tags?: readonly Tag[];
  readonly boundaryArn?: string;
}

/** Of users, roles and others with a table by name. */
function named<Spec extends Tagged, Input>(
  type: string,
  table: Table<Spec, null>,
  arnOf: (row: Row<Spec, null>) => string,
  nameOf: (input: Input, ctx: RequestContext) => string | undefined,
) {
  return resource({
    type,
    of(input: Input, ctx, rows) {
      const name = nameOf(input, ctx);
      if (name === undefined) return [ref(ctx.principal.arn, ctx.account, '')];
      const row = rows.read(table, inAccount(ctx)).get(keyOf(name));
      return [ref(row ? arnOf(row) : iamArn(ctx.account, type, '/', name), ctx.account, name)];
    },
    find: (of, rows) => (of.id === '' ? undefined : rows.read(table, inAccount(of)).get(keyOf(of.id))),
    tags: ({ spec }) => tagsByKey(spec.tags),
    keys:
      type === 'user' || type === 'role'
        ? { 'iam:PermissionsBoundary': ({ spec }: Row<Spec, null>) => spec.boundaryArn }
        : {},
  });
}

const ownName = ({ principal }: RequestContext): string | undefined =>
  principal.kind === 'user' ? nameInArn(principal.arn) : undefined;

export const user = named(
  'user',
  users,
  userArnOf,
  ({ UserName }: { readonly UserName?: string | undefined }, ctx) => UserName ?? ownName(ctx),
);

export const self = named('user', users, userArnOf, (_input: unknown, ctx) => ownName(ctx));

export const role = named('role', roles, roleArnOf, ({ RoleName }: { readonly RoleName: string }) => RoleName);

export const group = named('group', groups, groupArnOf, ({ GroupName }: { readonly GroupName: string }) => GroupName);

export const instanceProfile = named(
  'instance-profile',
  instanceProfiles,
  instanceProfileArnOf,
  ({ InstanceProfileName }: { readonly InstanceProfileName: string }) => InstanceProfileName,
);

export const serverCertificate = named(
  'server-certificate',
  serverCertificates,
  serverCertificateArnOf,
  ({ ServerCertificateName }: { readonly ServerCertificateName: string }) => ServerCertificateName,
);

/** Whose key it is. */
export const keyOwner = resource({
  type: 'user',
  of({ AccessKeyId }: { readonly AccessKeyId: string }, ctx, rows) {
    const owner = rows.find(credentials, AccessKeyId)?.spec.principal;
    return [ref(owner?.arn ?? `arn:aws:iam::${ctx.account}:user/*`, ctx.account, '')];
  },
});

function byArn<Input>(type: string | readonly string[], arnOf: (input: Input) => string) {
  return resource({
    type,
    of: (input: Input, ctx) => [ref(arnOf(input), accountIn(arnOf(input)) ?? ctx.account, nameInArn(arnOf(input)))],
  });
}

/** AWS's own policies are everybody's. */
const accountIn = (arn: string): string | undefined => /^arn:[^:]*:iam::(\d{12}):/.exec(arn)?.[1];

export const policy = resource({
  type: 'policy',
  of({ PolicyArn }: { readonly PolicyArn: string }, ctx) {
    return [ref(PolicyArn, accountIn(PolicyArn) ?? ctx.account, nameInArn(PolicyArn))];
  },
  find: (of, rows: Rows) => rows.read(policies, inAccount(of)).get(keyOf(of.id)),
  tags: ({ spec }) => tagsByKey(spec.tags),
});

export const mfaDevice = byArn('mfa', ({ SerialNumber }: { readonly SerialNumber: string }) => SerialNumber);

export const oidcProvider = byArn(
  'oidc-provider',
  ({ OpenIDConnectProviderArn }: { readonly OpenIDConnectProviderArn: string }) => OpenIDConnectProviderArn,
);

export const samlProvider = byArn(
  'saml-provider',
  ({ SAMLProviderArn }: { readonly SAMLProviderArn: string }) => SAMLProviderArn,
);

interface WithArn {
  readonly Arn?: string;
  readonly PolicySourceArn?: string;
}

const subjectArn = ({ Arn, PolicySourceArn = Arn ?? '' }: WithArn): string => PolicySourceArn;

/** Whom a report or a simulation is about. */
export const holder = byArn(['user', 'group', 'role'], subjectArn);

export const reported = byArn(['user', 'group', 'role', 'policy'], subjectArn);

/** What is to be made, with the path that it will have. */
function made<Input>(type: string, partsOf: (input: Input) => readonly [path: string | undefined, name: string]) {
  return resource({
    type,
    of(input: Input, { account }) {
      const [path = '/', name] = partsOf(input);
      return [ref(iamArn(account, type, path, name), account, '')];
    },
  });
}

interface WithPath {
  readonly Path?: string | undefined;
}

export const newUser = made('user', (input: WithPath & { readonly UserName: string }) => [input.Path, input.UserName]);
export const newGroup = made('group', (input: WithPath & { readonly GroupName: string }) => [
  input.Path,
  input.GroupName,
]);
export const newRole = made('role', (input: WithPath & { readonly RoleName: string }) => [input.Path, input.RoleName]);
export const newPolicy = made('policy', (input: WithPath & { readonly PolicyName: string }) => [
  input.Path,
  input.PolicyName,
]);
export const newInstanceProfile = made(
  'instance-profile',
  (input: WithPath & { readonly InstanceProfileName: string }) => [input.Path, input.InstanceProfileName],
);
export const newMfaDevice = made('mfa', (input: WithPath & { readonly VirtualMFADeviceName: string }) => [
  input.Path,
  input.VirtualMFADeviceName,
]);
export const newServerCertificate = made(
  'server-certificate',
  (input: WithPath & { readonly ServerCertificateName: string }) => [input.Path, input.ServerCertificateName],
);
export const newOidcProvider = made('oidc-provider', ({ Url }: { readonly Url: string }) => [
  '/',
  Url.replace(/^https?:\/\//, ''),
]);
export const newSamlProvider = made('saml-provider', ({ Name }: { readonly Name: string }) => ['/', Name]);
export const newServiceLinkedRole = made('role', ({ AWSServiceName }: { readonly AWSServiceName: string }) => [
  `/aws-service-role/${AWSServiceName}/`,
  '*',
]);

/** `task/aws-service-role/autoscaling.amazonaws.com/Name/uuid` */
export const deletedRole = made('role', ({ DeletionTaskId }: { readonly DeletionTaskId: string }) => {
  const [, ...parts] = DeletionTaskId.split('/');
  return [`/${parts.slice(0, 2).join('/')}/`, parts[2] ?? '*'];
});

/** Lists are asked for as the folder that they are of: `arn:aws:iam::000000000000:user/`. */
export const every = (folder: string) =>
  resource({
    type: [],
    of: (_input: unknown, { account }) => [ref(`arn:aws:iam::${account}:${folder}`, account, '')],
  });
