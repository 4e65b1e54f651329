// What CloudTrail's operations need to be allowed.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscloudtrail.html

import { type Authorizations, onAll } from '../../aws/authorization.ts';
import type { CloudtrailApi } from '../../generated/cloudtrail.types.ts';

export const cloudtrailAuthorization = { LookupEvents: onAll } satisfies Authorizations<CloudtrailApi>;
