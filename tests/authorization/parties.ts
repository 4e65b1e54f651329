// Who asks, in the matrix of policy types: users and sessions of roles, one for each combination of what their own
// policies, boundary and session policy say of sqs:SendMessage.

import {
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  type IAMClient,
  PutRolePermissionsBoundaryCommand,
  PutRolePolicyCommand,
  PutUserPermissionsBoundaryCommand,
  PutUserPolicyCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';

/** `silent`: a policy that is about something else. */
export type Voice = 'allows' | 'denies' | 'silent';
export type Limit = Voice | 'absent';

export const voices: readonly Voice[] = ['silent', 'allows', 'denies'];
export const limits: readonly Limit[] = ['absent', 'silent', 'allows', 'denies'];

export interface Party {
  readonly name: string;
  readonly kind: 'user' | 'session';
  /** Of the user, or of the session itself. */
  readonly arn: string;
  /** Of the role that the session is one of. */
  readonly roleArn: string | undefined;
  readonly identity: Voice;
  readonly boundary: Limit;
  readonly session: Limit;
  readonly keys: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string };
}

export function documentOf(voice: Voice): string {
  const elsewhere = { Effect: 'Allow', Action: 'sqs:GetQueueUrl', Resource: '*' };
  const about = { Effect: voice === 'denies' ? 'Deny' : 'Allow', Action: 'sqs:SendMessage', Resource: '*' };
  return JSON.stringify({ Version: '2012-10-17', Statement: voice === 'silent' ? [elsewhere] : [elsewhere, about] });
}

interface Clients {
  readonly iam: IAMClient;
  readonly sts: STSClient;
  readonly account: string;
}

export async function createParties(clients: Clients): Promise<readonly Party[]> {
  const boundaries = await createBoundaries(clients);
  const parties: Party[] = [];
  for (const identity of voices) {
    for (const boundary of limits) {
      const own = { identity, boundary, boundaryArn: boundaries.get(boundary) };
      parties.push(await createUser(clients, own), ...(await createSessions(clients, own)));
    }
  }
  return parties;
}

async function createBoundaries({ iam }: Clients): Promise<ReadonlyMap<Limit, string>> {
  const arns = new Map<Limit, string>();
  for (const voice of voices) {
    const { Policy } = await iam.send(
      new CreatePolicyCommand({ PolicyName: `boundary-${voice}`, PolicyDocument: documentOf(voice) }),
    );
    arns.set(voice, Policy?.Arn ?? '');
  }
  return arns;
}

interface Own {
  readonly identity: Voice;
  readonly boundary: Limit;
  readonly boundaryArn: string | undefined;
}

async function createUser({ iam }: Clients, { identity, boundary, boundaryArn }: Own): Promise<Party> {
  const UserName = `user-${identity}-${boundary}`;
  const { User } = await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument: documentOf(identity) }));
  if (boundaryArn)
    await iam.send(new PutUserPermissionsBoundaryCommand({ UserName, PermissionsBoundary: boundaryArn }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return {
    name: UserName,
    kind: 'user',
    arn: User?.Arn ?? '',
    roleArn: undefined,
    identity,
    boundary,
    session: 'absent',
    keys: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
  };
}

async function createSessions(clients: Clients, { identity, boundary, boundaryArn }: Own): Promise<readonly Party[]> {
  const { iam, sts, account } = clients;
  const RoleName = `role-${identity}-${boundary}`;
  const trust = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(
    new CreateRoleCommand({
      RoleName,
      AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
    }),
  );
  await iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: documentOf(identity) }));
  if (boundaryArn)
    await iam.send(new PutRolePermissionsBoundaryCommand({ RoleName, PermissionsBoundary: boundaryArn }));
  // The root user may not assume roles, as on AWS: a user of the account does.
  const parties: Party[] = [];
  for (const session of limits) {
    const { Credentials, AssumedRoleUser } = await sts.send(
      new AssumeRoleCommand({
        RoleArn: Role?.Arn ?? '',
        RoleSessionName: `session-${session}`,
        ...(session !== 'absent' && { Policy: documentOf(session) }),
      }),
    );
    parties.push({
      name: `${RoleName} session-${session}`,
      kind: 'session',
      arn: AssumedRoleUser?.Arn ?? '',
      roleArn: Role?.Arn,
      identity,
      boundary,
      session,
      keys: {
        accessKeyId: Credentials?.AccessKeyId ?? '',
        secretAccessKey: Credentials?.SecretAccessKey ?? '',
        sessionToken: Credentials?.SessionToken ?? '',
      },
    });
  }
  return parties;
}

/** A user who may do everything: who assumes the roles. */
export async function createAdmin(iam: IAMClient): Promise<Party['keys']> {
  const UserName = 'admin';
  await iam.send(new CreateUserCommand({ UserName }));
  await iam.send(
    new PutUserPolicyCommand({
      UserName,
      PolicyName: 'all',
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
      }),
    }),
  );
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName }));
  return { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
}
