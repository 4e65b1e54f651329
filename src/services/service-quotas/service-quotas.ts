// Service Quotas' manifest.

import type { Service } from '../../aws/service.ts';
import { createExpiryReconciler } from './expiry.reconciler.ts';
import { quotaRequestOperations } from './quota-requests.operations.ts';
import { quotaOperations } from './quotas.operations.ts';
import { serviceQuotasAuthorization } from './service-quotas.authorization.ts';

export const serviceQuotas: Service = {
  id: 'service-quotas',
  operations: { ...quotaOperations, ...quotaRequestOperations },
  authorization: serviceQuotasAuthorization,
  background: (world) => ({ reconcilers: [createExpiryReconciler(world)] }),
};
