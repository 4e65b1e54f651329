// DescribeLimits and DescribeEndpoints.

import type { Operations } from '../../aws/operation.ts';
import type { DynamodbApi } from '../../generated/dynamodb.types.ts';

export const limitOperations = {
  /** AWS's defaults; nothing here is scarcer. */
  DescribeLimits() {
    return {
      AccountMaxReadCapacityUnits: 80000,
      AccountMaxWriteCapacityUnits: 80000,
      TableMaxReadCapacityUnits: 40000,
      TableMaxWriteCapacityUnits: 40000,
    };
  },

  DescribeEndpoints({ endpoint }) {
    return { Endpoints: [{ Address: endpoint.replace(/^https?:\/\//, ''), CachePeriodInMinutes: 1440 }] };
  },
} satisfies Operations<DynamodbApi>;
