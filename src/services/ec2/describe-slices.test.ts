import { describe, expect, it } from 'vitest';
import type { AsyncOperationContext } from '../../aws/operation.ts';
import { openEc2Scope } from './default-vpc.ts';
import { instanceAsyncOperations, instanceOperations } from './instances.operations.ts';
import { insertInstance } from './instances.testing.ts';
import { createTestRegion } from './region.testing.ts';
import { subnetOperations } from './subnets.operations.ts';

function setUp(count: number) {
  const region = createTestRegion({ openScope: openEc2Scope });
  const subnetId = region.call((ctx) => subnetOperations.DescribeSubnets(ctx, {})).Subnets?.[0]?.SubnetId as string;
  region.call((ctx) => {
    for (let i = 0; i < count; i++)
      insertInstance(ctx, { subnetId, securityGroupIds: [], associatePublicAddress: false });
  });
  let transactions = 0;
  const ctx = {
    transact: (run: Parameters<typeof region.call>[0]) => {
      transactions += 1;
      return region.call(run);
    },
  } as unknown as AsyncOperationContext;
  const both = async (input: Parameters<typeof instanceOperations.DescribeInstances>[1]) => {
    transactions = 0;
    const inSlices = await instanceAsyncOperations.DescribeInstances(ctx, input);
    const whole = region.call((inner) => instanceOperations.DescribeInstances(inner, input));
    expect(inSlices).toEqual(whole);
    return { page: inSlices, transactions };
  };
  return { both, ctx };
}

describe('a page in slices', () => {
  it('is the page, whatever its size', async () => {
    const { both } = setUp(230);
    expect((await both({})).transactions).toBe(10);
    for (const MaxResults of [5, 100, 101, 104, 199, 200, 201, 230, 231, 1000, 5000]) await both({ MaxResults });
    expect((await both({ MaxResults: 200 })).transactions).toBe(8);
  });

  it('goes on where the one before ended', async () => {
    const { both } = setUp(230);
    const seen = new Set<string>();
    let NextToken: string | undefined;
    do {
      const { page } = await both({ MaxResults: 110, ...(NextToken !== undefined && { NextToken }) });
      for (const { Instances = [] } of page.Reservations ?? [])
        for (const { InstanceId = '' } of Instances) seen.add(InstanceId);
      NextToken = page.NextToken;
    } while (NextToken);
    expect(seen.size).toBe(230);
  });

  it('has the filters and the errors of the page', async () => {
    const { both, ctx } = setUp(120);
    const { page } = await both({ Filters: [{ Name: 'instance-state-name', Values: ['running'] }] });
    expect(page.Reservations).toEqual([]);
    await expect(instanceAsyncOperations.DescribeInstances(ctx, { MaxResults: 2 })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    });
    const unknown = { InstanceIds: ['i-00000000'], MaxResults: 500 };
    await expect(instanceAsyncOperations.DescribeInstances(ctx, unknown)).rejects.toMatchObject({
      code: 'InvalidParameterCombination',
    });
  });
});
