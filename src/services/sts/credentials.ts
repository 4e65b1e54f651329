// Temporary keys: rows that verify until they expire, and only with the token that came with them.

import { credentials } from '../../aws/credentials.table.ts';
import type { OperationContext } from '../../aws/operation.ts';
import type { Principal } from '../../aws/principal.ts';
import type { Credentials } from '../../generated/sts.types.ts';
import { newIamId } from '../../kernel/ids.ts';

/** Makes keys that act as `principal` for `seconds`, in the principal's account. */
export function issueCredentials(ctx: OperationContext, principal: Principal, seconds: number): Credentials {
  const AccessKeyId = newIamId(ctx.random, 'ASIA', 20);
  const SecretAccessKey = Buffer.from(ctx.random.bytes(30)).toString('base64');
  const SessionToken = `IQoJb3JpZ2luX2Vj${Buffer.from(ctx.random.bytes(192)).toString('base64')}`;
  const Expiration = Math.floor(ctx.nowMs / 1000) * 1000 + seconds * 1000;
  ctx
    .tableIn(credentials, principal.account === ctx.account ? ctx : { account: principal.account, region: '' })
    .insert(AccessKeyId, {
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiresAtMs: Expiration,
      principal,
      status: 'Active',
    });
  return { AccessKeyId, SecretAccessKey, SessionToken, Expiration };
}
