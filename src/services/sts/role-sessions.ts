// Sessions of roles: the role that a request names, how long a session may be, and the keys that it is given.

import { parseArn } from '../../aws/arn.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Session } from '../../aws/principal.ts';
import type { AssumeRoleResponse } from '../../generated/sts.types.ts';
import { keyOf, nameInArn, type RoleRow, roleArnOf, roles } from '../iam/index.ts';
import { issueCredentials } from './credentials.ts';
import { packedSize } from './session-limits.ts';
import { validationError } from './sts.errors.ts';

const defaultSeconds = 3600;
export const longestChainedSeconds = 3600;

/** Undefined when there is no such role: whoever asks learns no more than that they may not assume it. */
export function findRole(ctx: OperationContext, roleArn: string): RoleRow | undefined {
  const arn = parseArn(roleArn);
  if (arn?.service !== 'iam' || !/^\d{12}$/.test(arn.account) || !arn.resource.startsWith('role/')) {
    throw validationError(`${roleArn} is invalid`);
  }
  const row = ctx.tableIn(roles, { account: arn.account, region: '' }).get(keyOf(nameInArn(roleArn)));
  return row && roleArnOf(row) === roleArn ? row : undefined;
}

/** What a role says of the length of its sessions does not concern services, EC2 for one, which renew theirs. */
export function checkDuration(
  role: RoleRow,
  seconds = defaultSeconds,
  { isChained = false, isOfService = false } = {},
): number {
  if (seconds > role.spec.maxSessionSeconds && !isOfService) {
    throw validationError('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  if (isChained && seconds > longestChainedSeconds) {
    throw validationError(
      'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.',
    );
  }
  return seconds;
}

export interface NewRoleSession {
  readonly role: RoleRow;
  readonly sessionName: string;
  readonly seconds: number;
  readonly session: Omit<Session, 'roleArn' | 'roleId' | 'sessionName' | 'issuedAtMs'>;
}

type Opened = Pick<AssumeRoleResponse, 'Credentials' | 'AssumedRoleUser' | 'PackedPolicySize' | 'SourceIdentity'>;

export function openRoleSession(
  ctx: OperationContext,
  { role, sessionName, seconds, session }: NewRoleSession,
): Opened {
  const PackedPolicySize = packedSize(session);
  const { account, spec } = role;
  const arn = `arn:aws:sts::${account}:assumed-role/${spec.name}/${sessionName}`;
  const userId = `${spec.roleId}:${sessionName}`;
  const principal = {
    kind: 'assumed-role' as const,
    arn,
    userId,
    account,
    session: { ...session, roleArn: roleArnOf(role), roleId: spec.roleId, sessionName, issuedAtMs: ctx.nowMs },
  };
  return {
    Credentials: issueCredentials(ctx, principal, seconds),
    AssumedRoleUser: { AssumedRoleId: userId, Arn: arn },
    ...(PackedPolicySize !== undefined && { PackedPolicySize }),
    ...(session.sourceIdentity !== undefined && { SourceIdentity: session.sourceIdentity }),
  };
}
