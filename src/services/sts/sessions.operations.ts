// GetSessionToken and GetFederationToken: temporary keys of a user's own, and for somebody who is no user.

import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { StsApi } from '../../generated/sts.types.ts';
import { verifyMfa } from '../iam/index.ts';
import { issueCredentials } from './credentials.ts';
import { packedSize, parseSessionPolicies, parseSessionTags } from './session-limits.ts';
import { accessDenied, invalidMfaCode, validationError } from './sts.errors.ts';

const defaultDurationSeconds = 12 * 3600;
/** Root's sessions last an hour at most, whatever was asked for. */
const longestRootDurationSeconds = 3600;

export const sessionOperations = {
  GetSessionToken(ctx, { DurationSeconds, SerialNumber, TokenCode }) {
    const { principal } = ctx;
    refuseSessions(ctx, 'GetSessionToken');
    const usesMfa = SerialNumber !== undefined || TokenCode !== undefined;
    if (usesMfa && !verifyMfa(ctx, principal.userId, SerialNumber ?? '', TokenCode ?? '')) throw invalidMfaCode();
    const session = { issuedAtMs: ctx.nowMs, ...(usesMfa && { mfaAuthenticatedAtMs: ctx.nowMs }) };
    return { Credentials: issueCredentials(ctx, { ...withoutKey(ctx), session }, secondsOf(ctx, DurationSeconds)) };
  },

  GetFederationToken(ctx, input) {
    refuseSessions(ctx, 'GetFederationToken');
    const limits = { ...parseSessionPolicies(input), ...parseSessionTags(input.Tags) };
    if (!/^[\w+=,.@-]{2,32}$/.test(input.Name))
      throw validationError(`The federated user name ${input.Name} is invalid`);
    // AssumeRole does not say it of nothing.
    const PackedPolicySize = packedSize(limits) ?? 0;
    const { account } = ctx;
    const arn = `arn:aws:sts::${account}:federated-user/${input.Name}`;
    const userId = `${account}:${input.Name}`;
    const { arn: issuerArn, userId: issuerId } = ctx.principal;
    const session = { ...limits, issuedAtMs: ctx.nowMs, issuerArn, issuerId, sessionName: input.Name };
    const principal = { kind: 'federated-user' as const, arn, userId, account, session };
    return {
      Credentials: issueCredentials(ctx, principal, secondsOf(ctx, input.DurationSeconds)),
      FederatedUser: { FederatedUserId: userId, Arn: arn },
      PackedPolicySize,
    };
  },
} satisfies Operations<StsApi>;

function secondsOf({ principal }: OperationContext, asked = defaultDurationSeconds): number {
  return principal.kind === 'root' ? Math.min(asked, longestRootDurationSeconds) : asked;
}

/** The caller as it is without the key that it called with: the new one is another. */
function withoutKey({ principal: { accessKeyId: _, isBelieved: _verifiedNow, ...principal } }: OperationContext) {
  return principal;
}

function refuseSessions({ principal }: OperationContext, operation: string): void {
  if (principal.session) throw accessDenied(`Cannot call ${operation} with session credentials`);
}
