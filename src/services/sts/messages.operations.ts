// DecodeAuthorizationMessage: why EC2 refused something, for those who may know.

import { openAuthorizationMessage } from '../../aws/authorization-message.ts';
import type { Operations } from '../../aws/operation.ts';
import type { StsApi } from '../../generated/sts.types.ts';
import { invalidAuthorizationMessage } from './sts.errors.ts';

export const messageOperations = {
  DecodeAuthorizationMessage(ctx, { EncodedMessage }) {
    const DecodedMessage = openAuthorizationMessage(ctx, EncodedMessage);
    if (DecodedMessage === undefined) throw invalidAuthorizationMessage();
    return { DecodedMessage };
  },
} satisfies Operations<StsApi>;
