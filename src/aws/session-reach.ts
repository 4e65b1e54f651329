// What temporary keys that are no role's are no good for: AWS takes them for no call of IAM and for few of STS.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html

import type { Principal } from './principal.ts';

/** Of GetFederationToken, and of GetSessionToken unless a second factor was shown. */
export function isUnfitForIam({ kind, session }: Principal): boolean {
  if (!session || session.roleArn !== undefined || session.isTask) return false;
  return kind === 'federated-user' || session.mfaAuthenticatedAtMs === undefined;
}

const forSessions = new Set(['AssumeRole', 'GetCallerIdentity', 'GetSessionToken', 'GetFederationToken']);

/** The two that make sessions say for themselves that they take no session's keys. */
export function isUnfitForSts({ kind, session }: Principal, operationName: string): boolean {
  if (!session || session.roleArn !== undefined) return false;
  if (kind === 'federated-user') return operationName === 'AssumeRole' || !forSessions.has(operationName);
  return !forSessions.has(operationName);
}
