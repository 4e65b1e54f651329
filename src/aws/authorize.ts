// Whether a principal may carry out an operation. Until identities with policies exist every principal acts as its
// account's root; this is the one place in the request's path where that changes.

import { awsError } from './errors.ts';
import type { OperationModel } from './model.ts';
import type { RequestContext } from './operation.ts';
import type { Service } from './service.ts';

export function authorize(_service: Service, _operation: OperationModel, context: RequestContext): void {
  const { principal } = context;
  if (principal.account !== context.account) {
    throw awsError('AccessDenied', `${principal.arn} is not authorized to act in account ${context.account}`, 403);
  }
}
