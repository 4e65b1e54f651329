// Temporary keys: rows that verify until they expire.

import { credentials } from '../../aws/credentials.table.ts';
import { awsError } from '../../aws/errors.ts';
import type { OperationContext, Operations } from '../../aws/operation.ts';
import type { Principal } from '../../aws/principal.ts';
import type { Credentials, StsApi } from '../../generated/sts.types.ts';
import { newIamId } from '../../kernel/ids.ts';

const defaultDurationSeconds = 12 * 3600;
/** Root's sessions last an hour at most, whatever was asked for. */
const longestRootDurationSeconds = 3600;

export const sessionOperations = {
  GetSessionToken(ctx, { DurationSeconds = defaultDurationSeconds, SerialNumber, TokenCode }) {
    const { principal } = ctx;
    if (principal.accessKeyId?.startsWith('ASIA')) {
      throw awsError('AccessDenied', 'Cannot call GetSessionToken with session credentials', 403);
    }
    if (SerialNumber !== undefined || TokenCode !== undefined) {
      throw awsError('AccessDenied', 'MultiFactorAuthentication failed with invalid MFA one time pass code. ', 403);
    }
    const seconds = principal.kind === 'root' ? Math.min(DurationSeconds, longestRootDurationSeconds) : DurationSeconds;
    return { Credentials: issueCredentials(ctx, principal, seconds) };
  },
} satisfies Operations<StsApi>;

/** Makes temporary keys that act as `principal` for `seconds`. */
export function issueCredentials(ctx: OperationContext, principal: Principal, seconds: number): Credentials {
  const accessKeyId = newIamId(ctx.random, 'ASIA', 20);
  const secretAccessKey = Buffer.from(ctx.random.bytes(30)).toString('base64');
  const sessionToken = `IQoJb3JpZ2luX2Vj${Buffer.from(ctx.random.bytes(192)).toString('base64')}`;
  const expiresAtMs = Math.floor(ctx.nowMs / 1000) * 1000 + seconds * 1000;
  ctx
    .table(credentials)
    .insert(accessKeyId, { secretAccessKey, sessionToken, expiresAtMs, principal, status: 'Active' });
  return {
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    Expiration: expiresAtMs,
  };
}
