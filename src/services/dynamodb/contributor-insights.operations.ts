// DescribeContributorInsights. There is no CloudWatch here to show who asks most for which key, so UpdateContributorInsights
// is refused by name, and tables have what AWS's have before it was called.

import type { Operations } from '../../aws/operation.ts';
import type { DynamodbApi } from '../../generated/dynamodb.types.ts';
import { resourceNotFound } from './dynamodb.errors.ts';
import { requireTable } from './table-names.ts';

export const contributorInsightsOperations = {
  DescribeContributorInsights(ctx, { TableName, IndexName }) {
    const { id, spec } = requireTable(ctx, TableName);
    if (IndexName !== undefined && !spec.globalIndexes.some(({ name }) => name === IndexName))
      throw resourceNotFound(`Requested resource not found: Index: ${IndexName} not found`);
    return { TableName: id, ...(IndexName !== undefined && { IndexName }), ContributorInsightsStatus: 'DISABLED' };
  },
} satisfies Operations<DynamodbApi>;
