// What DynamoDB Streams' operations need to be allowed: actions of DynamoDB, on streams.
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html

import { formatArn, parseArn } from '../../aws/arn.ts';
import { type Authorizations, on, resource } from '../../aws/authorization.ts';
import type { DynamodbstreamsApi } from '../../generated/dynamodbstreams.types.ts';

const tableOf = (resourceName: string): string => resourceName.split('/')[1] ?? '';

function streamBy<Input>(arnOf: (input: Input) => string | undefined) {
  return resource({
    type: 'stream',
    of(input: Input) {
      const arn = arnOf(input);
      const parsed = arn === undefined ? undefined : parseArn(arn);
      if (arn === undefined || parsed?.service !== 'dynamodb') return [];
      return [{ arn, account: parsed.account, region: parsed.region, id: tableOf(parsed.resource) }];
    },
  });
}

const stream = streamBy<{ readonly StreamArn: string }>(({ StreamArn }) => StreamArn);
/** An iterator begins with its stream's ARN. */
const iterated = streamBy<{ readonly ShardIterator: string }>(({ ShardIterator }) => ShardIterator.split('|')[0]);

const everyStream = resource({
  type: [],
  of({ TableName }: { readonly TableName?: string | undefined }, { account, region }) {
    const named = `table/${TableName ?? '*'}/stream/*`;
    return [{ arn: formatArn({ service: 'dynamodb', region, account, resource: named }), account, region, id: '' }];
  },
});

export const dynamodbstreamsAuthorization = {
  DescribeStream: on(stream),
  GetRecords: on(iterated),
  GetShardIterator: on(stream),
  ListStreams: on(everyStream),
} satisfies Authorizations<DynamodbstreamsApi>;
