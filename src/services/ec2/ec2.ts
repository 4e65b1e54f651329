// EC2's manifest: what the gateway may call, what is reconciled, and what listens.

import type { Service } from '../../aws/service.ts';

export const ec2: Service = {
  id: 'ec2',
  operations: {},
};
