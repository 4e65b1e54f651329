// What giving an instance a role needs to be allowed: on the instance, and to pass the role that is in the profile.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2.html#roles-usingrole-ec2instance-permissions

import {
  type Access,
  type Authorizations,
  nothingToAsk,
  on,
  onAll,
  type ResourceRef,
  type Rows,
  resource,
} from '../../aws/authorization.ts';
import type { Ec2Api, IamInstanceProfileSpecification } from '../../generated/ec2.types.ts';
import type { Scope } from '../../kernel/table.ts';
import { instanceProfileArnOf, roleArnOf } from '../iam/index.ts';
import { findProfile, roleOf } from './instance-profiles.ts';
import { instances } from './instances.table.ts';
import { ec2Ref, instance } from './resources.authorization.ts';

interface Named {
  readonly IamInstanceProfile?: IamInstanceProfileSpecification | undefined;
}

export function namedProfileArn(
  named: IamInstanceProfileSpecification | undefined,
  scope: Scope,
  rows: Rows,
): string | undefined {
  const row = named && findProfile(rows, scope, named);
  return row && instanceProfileArnOf(row);
}

/** A profile that is not there is refused by the operation, and one without a role passes none. */
const passedRole = resource({
  type: 'role',
  of({ IamInstanceProfile }: Named, ctx, rows): readonly ResourceRef[] {
    const profile = findProfile(rows, ctx, IamInstanceProfile);
    const role = profile && roleOf(rows, profile);
    if (!role) return nothingToAsk;
    return [{ arn: roleArnOf(role), account: role.account, region: '', id: role.id }];
  },
});

/** `instanceOf`: the instance that is to have the role, where there is one already. */
export function passesRole<Input extends Named>(
  instanceOf?: (input: Input, scope: Scope, rows: Rows) => string | undefined,
): Access<Input> {
  return {
    action: 'iam:PassRole',
    resource: passedRole,
    keys: {
      'iam:PassedToService': () => 'ec2.amazonaws.com',
      ...(instanceOf && {
        'iam:AssociatedResourceArn': (input: Input, ctx: Scope, _ref: ResourceRef | undefined, rows: Rows) => {
          const id = instanceOf(input, ctx, rows);
          return id === undefined ? undefined : ec2Ref(ctx, 'instance', id).arn;
        },
      }),
    },
  };
}

interface WithAssociation extends Named {
  readonly AssociationId: string;
}

const associatedId = ({ AssociationId }: WithAssociation, scope: Scope, rows: Rows): string | undefined => {
  for (const { id } of rows.read(instances, scope).by('byProfileAssociation', AssociationId)) return id;
  return undefined;
};

const associated = instance.named<WithAssociation>((input, scope, rows) => [associatedId(input, scope, rows) ?? '*']);

const newProfile = {
  keys: {
    'ec2:NewInstanceProfile': ({ IamInstanceProfile }: Named, ctx: Scope, _ref: ResourceRef | undefined, rows: Rows) =>
      namedProfileArn(IamInstanceProfile, ctx, rows),
  },
};

export const profileAuthorizations = {
  AssociateIamInstanceProfile: [
    ...on(
      instance.named<Named & { readonly InstanceId: string }>(({ InstanceId }) => [InstanceId]),
      newProfile,
    ),
    passesRole<Named & { readonly InstanceId: string }>(({ InstanceId }) => InstanceId),
  ],
  DescribeIamInstanceProfileAssociations: onAll,
  DisassociateIamInstanceProfile: on(associated),
  ReplaceIamInstanceProfileAssociation: [...on(associated, newProfile), passesRole(associatedId)],
} satisfies Authorizations<Ec2Api>;
