// Instance profiles as EC2 sees them: the one that a request names, the role in it, and the association that gives an
// instance that role.

import type { Rows } from '../../aws/authorization.ts';
import type { AwsError } from '../../aws/errors.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { IamInstanceProfileSpecification } from '../../generated/ec2.types.ts';
import { newResourceId } from '../../kernel/ids.ts';
import type { Scope } from '../../kernel/table.ts';
import {
  type InstanceProfileRow,
  instanceProfileArnOf,
  instanceProfiles,
  keyOf,
  nameInArn,
  type RoleRow,
  roles,
} from '../iam/index.ts';
import { invalidParameterCombination, invalidParameterValue } from './ec2.errors.ts';
import type { ProfileAssociation } from './instances.table.ts';

export type NamedProfile = Pick<ProfileAssociation, 'arn' | 'profileId'>;

/** IAM's tables have no region. */
const inAccount = ({ account }: Scope): Scope => ({ account, region: '' });

/** Undefined for one that is not there, or is another account's. */
export function findProfile(rows: Pick<Rows, 'read'>, scope: Scope, named: IamInstanceProfileSpecification = {}) {
  const { Arn: arn, Name: name = arn === undefined ? '' : nameInArn(arn) } = named;
  const row = rows.read(instanceProfiles, inAccount(scope)).get(keyOf(name));
  return row && (arn === undefined || instanceProfileArnOf(row) === arn) ? row : undefined;
}

/** The one that the association was made with: another of the same name is not it. */
export function findAssociated(
  rows: Pick<Rows, 'read'>,
  scope: Scope,
  { arn, profileId }: ProfileAssociation,
): InstanceProfileRow | undefined {
  const row = findProfile(rows, scope, { Arn: arn });
  return row?.spec.instanceProfileId === profileId ? row : undefined;
}

export function roleOf(rows: Pick<Rows, 'read'>, { account, spec }: InstanceProfileRow): RoleRow | undefined {
  return spec.role === undefined ? undefined : rows.read(roles, { account, region: '' }).get(spec.role);
}

export function requireProfile(ctx: OperationContext, named: IamInstanceProfileSpecification): NamedProfile {
  if (named.Arn !== undefined && named.Name !== undefined) {
    throw invalidParameterCombination(
      "The parameter 'iamInstanceProfile.name' may not be used in combination with 'iamInstanceProfile.arn'",
    );
  }
  const row = findProfile({ read: ctx.tableIn.bind(ctx) }, ctx, named);
  if (!row) throw invalidProfile(named);
  return { arn: instanceProfileArnOf(row), profileId: row.spec.instanceProfileId };
}

export const newAssociation = (ctx: OperationContext, profile: NamedProfile): ProfileAssociation => ({
  associationId: newResourceId(ctx.random, 'iip-assoc'),
  ...profile,
});

function invalidProfile({ Arn, Name = '' }: IamInstanceProfileSpecification): AwsError {
  return Arn === undefined
    ? invalidParameterValue(
        `Value (${Name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
      )
    : invalidParameterValue(
        `Value (${Arn}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
      );
}
