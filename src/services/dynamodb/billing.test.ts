// Tables that come to be billed in another way, by an update or when they are restored: who has which throughput then.

import {
  CreateTableCommand,
  type CreateTableInput,
  RestoreTableToPointInTimeCommand,
  type RestoreTableToPointInTimeInput,
  type TableDescription,
  UpdateContinuousBackupsCommand,
  UpdateTableCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from './cloud.testing.ts';

let cloud: TestCloud;
let client: ReturnType<TestCloud['dynamodb']>;

beforeAll(async () => {
  cloud = await startTestCloud();
  client = cloud.dynamodb();
});
afterAll(() => cloud.stop());

const units = (ReadCapacityUnits: number, WriteCapacityUnits = ReadCapacityUnits) => ({
  ReadCapacityUnits,
  WriteCapacityUnits,
});

const index = {
  IndexName: 'by-pk',
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' as const }],
  Projection: { ProjectionType: 'ALL' as const },
};

async function create(TableName: string, more: Partial<CreateTableInput>): Promise<void> {
  await client.send(
    new CreateTableCommand({
      TableName,
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      ...more,
    }),
  );
  const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
  await client.send(new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }));
}

async function restore(SourceTableName: string, more: Partial<RestoreTableToPointInTimeInput> = {}) {
  const TargetTableName = `${SourceTableName}-restored`;
  const { TableDescription: restored } = await client.send(
    new RestoreTableToPointInTimeCommand({ SourceTableName, TargetTableName, UseLatestRestorableTime: true, ...more }),
  );
  return throughputOf(restored);
}

const throughputOf = (table: TableDescription | undefined) =>
  [table, ...(table?.GlobalSecondaryIndexes ?? [])].map((what) => [
    what?.ProvisionedThroughput?.ReadCapacityUnits,
    what?.ProvisionedThroughput?.WriteCapacityUnits,
  ]);

it('UpdateTable wants throughput for each index of a table that had none', async () => {
  await create('updated', { BillingMode: 'PAY_PER_REQUEST', GlobalSecondaryIndexes: [index] });
  const input = { TableName: 'updated', BillingMode: 'PROVISIONED', ProvisionedThroughput: units(2) } as const;
  await expect(client.send(new UpdateTableCommand(input))).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'One or more parameter values were invalid: ProvisionedThroughput must be specified for index: by-pk',
  });
  const Update = { IndexName: 'by-pk', ProvisionedThroughput: units(3) };
  const { TableDescription: updated } = await client.send(
    new UpdateTableCommand({ ...input, GlobalSecondaryIndexUpdates: [{ Update }] }),
  );
  expect(throughputOf(updated)).toEqual([
    [2, 2],
    [3, 3],
  ]);
});

it('a table that is restored on demand has none', async () => {
  const GlobalSecondaryIndexes = [{ ...index, ProvisionedThroughput: units(7) }];
  await create('provisioned', { ProvisionedThroughput: units(5), GlobalSecondaryIndexes });
  expect(await restore('provisioned', { BillingModeOverride: 'PAY_PER_REQUEST' })).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(await restore('provisioned', { TargetTableName: 'as-it-was' })).toEqual([
    [5, 5],
    [7, 7],
  ]);
});

it('a table that is restored as provisioned has what is said of it and of its indexes', async () => {
  await create('on-demand', { BillingMode: 'PAY_PER_REQUEST', GlobalSecondaryIndexes: [index] });
  const override = { BillingModeOverride: 'PROVISIONED', ProvisionedThroughputOverride: units(4) } as const;
  await expect(restore('on-demand', { BillingModeOverride: 'PROVISIONED' })).rejects.toThrow(
    'ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED',
  );
  await expect(restore('on-demand', override)).rejects.toThrow('must be specified for index: by-pk');
  const GlobalSecondaryIndexOverride = [{ ...index, ProvisionedThroughput: units(6) }];
  expect(await restore('on-demand', { ...override, GlobalSecondaryIndexOverride })).toEqual([
    [4, 4],
    [6, 6],
  ]);
});

it('a restored table counts against the limits of its account', async () => {
  await create('large', { ProvisionedThroughput: units(40_000) });
  await expect(restore('large', { ProvisionedThroughputOverride: units(40_001) })).rejects.toMatchObject({
    name: 'LimitExceededException',
  });
});
