// What STS's operations need to be allowed. Who may assume a role is for the role's trust policy as well, so that is
// decided where the role is known.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html

import { type Authorizations, always, onAll } from '../../aws/authorization.ts';
import type { StsApi } from '../../generated/sts.types.ts';

export const stsAuthorization = {
  GetAccessKeyInfo: onAll,
  GetCallerIdentity: always('AWS lets nobody be kept from asking who they are'),
  GetSessionToken: always('AWS asks for no permission: the session can do no more than its user'),
} satisfies Authorizations<StsApi>;
