// Access advisor: the services that somebody's policies grant, and who used them last, by what the gateway saw.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html

import type { OperationContext } from '../../aws/operation.ts';
import type { EntityDetails, ServiceLastAccessed, TrackedActionLastAccessed } from '../../generated/iam.types.ts';
import { type Entity, policiesHeldBy, requireEntity } from './entities.ts';
import { grantsService } from './granted-services.ts';
import { groups } from './groups.table.ts';
import { defaultVersionOf, requireManagedPolicy } from './managed-policies.ts';
import { type RoleRow, roleArnOf, roles } from './roles.table.ts';
import { namespaceOf, serviceNames } from './service-names.facts.ts';
import { type UserRow, userArnOf, users } from './users.table.ts';
import { type ServiceUseSpec, serviceUses } from './uses.table.ts';

/** Whose use counts, and what they are granted. */
export interface AdvisorSubject {
  readonly documents: readonly string[];
  readonly identities: readonly AdvisorIdentity[];
}

interface AdvisorIdentity {
  readonly type: 'USER' | 'ROLE';
  readonly id: string;
  readonly arn: string;
  readonly name: string;
  readonly path: string;
}

export function requireSubject(ctx: OperationContext, arn: string): AdvisorSubject {
  if (/^arn:[a-z-]+:iam::[^:]+:policy\//.test(arn)) {
    const policy = requireManagedPolicy(ctx, arn);
    return { documents: [defaultVersionOf(policy).document], identities: identitiesWith(ctx, arn) };
  }
  const entity = requireEntity(ctx, arn);
  return {
    documents: policiesHeldBy(ctx, entity).map(({ document }) => document),
    identities: identitiesOf(ctx, entity),
  };
}

function identitiesOf(ctx: OperationContext, entity: Entity): readonly AdvisorIdentity[] {
  if (entity.word === 'user') return [ofUser(entity.row)];
  if (entity.word === 'role') return [ofRole(entity.row)];
  return [...ctx.table(users).by('byGroup', entity.row.id)].map(ofUser);
}

function identitiesWith(ctx: OperationContext, policyArn: string): readonly AdvisorIdentity[] {
  const ofGroups = [...ctx.table(groups).by('byPolicy', policyArn)].flatMap(({ id }) => [
    ...ctx.table(users).by('byGroup', id),
  ]);
  const found = [
    ...[...ctx.table(users).by('byPolicy', policyArn), ...ofGroups].map(ofUser),
    ...[...ctx.table(roles).by('byPolicy', policyArn)].map(ofRole),
  ];
  return [...new Map(found.map((identity) => [identity.id, identity])).values()];
}

const ofUser = (row: UserRow): AdvisorIdentity => ({
  type: 'USER',
  id: row.spec.userId,
  arn: userArnOf(row),
  name: row.spec.name,
  path: row.spec.path,
});

const ofRole = (row: RoleRow): AdvisorIdentity => ({
  type: 'ROLE',
  id: row.spec.roleId,
  arn: roleArnOf(row),
  name: row.spec.name,
  path: row.spec.path,
});

export function servicesLastAccessed(
  ctx: OperationContext,
  { documents, identities }: AdvisorSubject,
  withActions: boolean,
): readonly ServiceLastAccessed[] {
  const uses = usesOf(ctx, identities);
  const granted = Object.keys(serviceNames).filter((name) => documents.some((text) => grantsService(text, name)));
  return granted.map((namespace) => {
    const ofService = uses.filter(({ service }) => namespaceOf(service) === namespace);
    const last = latest(ofService);
    return {
      ServiceName: serviceNames[namespace] ?? namespace,
      ServiceNamespace: namespace,
      TotalAuthenticatedEntities: new Set(ofService.map(({ identityId }) => identityId)).size,
      ...(last && {
        LastAuthenticated: last.usedAtMs,
        LastAuthenticatedEntity: last.identityArn,
        LastAuthenticatedRegion: last.region,
      }),
      ...(withActions && { TrackedActionsLastAccessed: actionsLastAccessed(ofService) }),
    };
  });
}

function actionsLastAccessed(uses: readonly ServiceUseSpec[]): readonly TrackedActionLastAccessed[] {
  return [...new Set(uses.map(({ action }) => action))].sort().map((action) => {
    const last = latest(uses.filter((use) => use.action === action))!;
    return {
      ActionName: action,
      LastAccessedEntity: last.identityArn,
      LastAccessedTime: last.usedAtMs,
      LastAccessedRegion: last.region,
    };
  });
}

/** Who may use the service, the last to have done so first. */
export function entitiesLastAccessed(
  ctx: OperationContext,
  { identities }: AdvisorSubject,
  namespace: string,
): readonly EntityDetails[] {
  const uses = usesOf(ctx, identities).filter(({ service }) => namespaceOf(service) === namespace);
  const details = identities.map(({ arn, name, type, id, path }): EntityDetails => {
    const last = latest(uses.filter(({ identityId }) => identityId === id));
    return {
      EntityInfo: { Arn: arn, Name: name, Type: type, Id: id, Path: path },
      ...(last && { LastAuthenticated: last.usedAtMs }),
    };
  });
  return details.toSorted((a, b) => (b.LastAuthenticated ?? 0) - (a.LastAuthenticated ?? 0));
}

const usesOf = (ctx: OperationContext, identities: readonly AdvisorIdentity[]): readonly ServiceUseSpec[] =>
  identities.flatMap(({ id }) => [...ctx.table(serviceUses).by('byIdentity', id)].map(({ spec }) => spec));

function latest(uses: readonly ServiceUseSpec[]): ServiceUseSpec | undefined {
  return uses.reduce<ServiceUseSpec | undefined>(
    (last, use) => (last && last.usedAtMs >= use.usedAtMs ? last : use),
    undefined,
  );
}
