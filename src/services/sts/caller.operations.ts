// Whose key is this?

import { accountOfUnknownKey } from '../../aws/account.ts';
import { credentials } from '../../aws/credentials.table.ts';
import { awsError } from '../../aws/errors.ts';
import type { Operations } from '../../aws/operation.ts';
import type { StsApi } from '../../generated/sts.types.ts';

export const callerOperations = {
  GetCallerIdentity({ principal }) {
    return { UserId: principal.userId, Account: principal.account, Arn: principal.arn };
  },

  GetAccessKeyInfo(ctx, { AccessKeyId }) {
    if (!/^\w{16,128}$/.test(AccessKeyId)) {
      throw awsError(
        'ValidationError',
        `1 validation error detected: Value '${AccessKeyId}' at 'accessKeyId' failed to satisfy constraint: Member must have length greater than or equal to 16`,
      );
    }
    return { Account: ctx.find(credentials, AccessKeyId)?.account ?? accountOfUnknownKey(AccessKeyId) };
  },
} satisfies Operations<StsApi>;
