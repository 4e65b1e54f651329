// Operations that answer with facts: regions, zones, instance types, the account's attributes.

import { describe, expect, test } from 'vitest';
import { createTestClients } from '../../aws/test-client.testing.ts';
import type { DescribeInstanceTypesRequest } from '../../generated/ec2.types.ts';
import { accountAttributeOperations } from './account-attributes.operations.ts';
import { instanceTypeOperations } from './instance-types.operations.ts';
import { createTestRegion, errorOf } from './region.testing.ts';
import { regionOperations } from './regions.operations.ts';
import { type VpcSpec, vpcs } from './vpcs.table.ts';

const operations = { ...regionOperations, ...instanceTypeOperations, ...accountAttributeOperations };
const clients = createTestClients([{ id: 'ec2', operations }]);
const ec2 = clients.client('ec2');

describe('DescribeRegions', () => {
  test('all of the partition, with their endpoints', async () => {
    const { Regions = [] } = await ec2.DescribeRegions({});
    expect(Regions.length).toBeGreaterThan(30);
    expect(Regions).toContainEqual({
      RegionName: 'eu-west-1',
      Endpoint: 'ec2.eu-west-1.amazonaws.com',
      OptInStatus: 'opt-in-not-required',
    });
    const china = await clients.client('ec2', 'cn-north-1').DescribeRegions({});
    expect(china.Regions?.map(({ RegionName }) => RegionName)).toEqual(['cn-north-1', 'cn-northwest-1']);
  });

  test('by name and by filter', async () => {
    expect((await ec2.DescribeRegions({ RegionNames: ['us-west-2'] })).Regions).toHaveLength(1);
    const { Regions } = await ec2.DescribeRegions({ Filters: [{ Name: 'endpoint', Values: ['*us-west*'] }] });
    expect(Regions?.map(({ RegionName }) => RegionName)).toEqual(['us-west-1', 'us-west-2']);
    await expect(ec2.DescribeRegions({ RegionNames: ['us-west-2', 'mars'] })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
      message: 'Invalid region: [mars]',
    });
  });
});

describe('DescribeAvailabilityZones', () => {
  test('of the region', async () => {
    const { AvailabilityZones = [] } = await ec2.DescribeAvailabilityZones({});
    expect(AvailabilityZones).toHaveLength(6);
    expect(AvailabilityZones[2]).toMatchObject({ ZoneName: 'us-east-1c', ZoneId: 'use1-az2', State: 'available' });
  });

  test('by name, id and filter', async () => {
    const names = async (input: Parameters<typeof ec2.DescribeAvailabilityZones>[0]) =>
      (await ec2.DescribeAvailabilityZones(input)).AvailabilityZones?.map(({ ZoneName }) => ZoneName);
    expect(await names({ ZoneIds: ['use1-az1'] })).toEqual(['us-east-1b']);
    expect(await names({ ZoneNames: ['us-east-1b'] })).toEqual(['us-east-1b']);
    expect(await names({ Filters: [{ Name: 'zone-name', Values: ['*f'] }] })).toEqual(['us-east-1f']);
    await expect(names({ ZoneNames: ['us-east-1z'] })).rejects.toMatchObject({
      message: 'Invalid availability zone: [us-east-1z]',
    });
  });
});

describe('DescribeInstanceTypes', () => {
  test('by name', async () => {
    const { InstanceTypes = [] } = await ec2.DescribeInstanceTypes({ InstanceTypes: ['t2.micro', 'm5.large'] });
    expect(InstanceTypes.map(({ InstanceType }) => InstanceType)).toEqual(['t2.micro', 'm5.large']);
    expect(InstanceTypes[0]).toMatchObject({
      FreeTierEligible: true,
      VCpuInfo: { DefaultVCpus: 1 },
      MemoryInfo: { SizeInMiB: 1024 },
      SupportedInRegion: true,
    });
    const unknown = () =>
      createTestRegion().call((ctx) =>
        instanceTypeOperations.DescribeInstanceTypes(ctx, { InstanceTypes: ['t2.micro', 'x.huge'] }),
      );
    expect(errorOf(unknown)).toBe('InvalidInstanceType: The following supplied instance types do not exist: [x.huge]');
  });

  const names = async (Filters: DescribeInstanceTypesRequest['Filters']) =>
    ((await ec2.DescribeInstanceTypes({ Filters })).InstanceTypes ?? []).map(({ InstanceType }) => InstanceType);

  test('by filters', async () => {
    expect(await names([{ Name: 'instance-type', Values: ['t3.*'] }])).toHaveLength(7);
    expect(await names([{ Name: 'free-tier-eligible', Values: ['true'] }])).toContain('t2.micro');
    const large = await names([
      { Name: 'memory-info.size-in-mib', Values: ['16384'] },
      { Name: 'vcpu-info.default-vcpus', Values: ['8'] },
      { Name: 'instance-storage-info.disk.type', Values: ['ssd'] },
      { Name: 'processor-info.supported-architecture', Values: ['x86_64'] },
    ]);
    expect(large).toContain('c6id.2xlarge');
    expect(large).not.toContain('c6i.2xlarge');
    await expect(names([{ Name: 'colour', Values: ['red'] }])).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });

  test('page by page, each once', async () => {
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ec2.DescribeInstanceTypes({ NextToken });
      expect(page.InstanceTypes?.length).toBeLessThanOrEqual(100);
      seen.push(...(page.InstanceTypes ?? []).map(({ InstanceType = '' }) => InstanceType));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen.length).toBeGreaterThan(500);
    await expect(ec2.DescribeInstanceTypes({ NextToken: 'x' })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    });
    const both = ec2.DescribeInstanceTypes({ InstanceTypes: ['t2.micro'], MaxResults: 5 });
    await expect(both).rejects.toMatchObject({ code: 'InvalidParameterCombination' });
  });
});

describe('DescribeInstanceTypeOfferings', () => {
  test('by region and by zone', async () => {
    const Filters = [{ Name: 'instance-type', Values: ['t3.micro'] }];
    expect((await ec2.DescribeInstanceTypeOfferings({ Filters })).InstanceTypeOfferings).toEqual([
      { InstanceType: 't3.micro', LocationType: 'region', Location: 'us-east-1' },
    ]);
    const { InstanceTypeOfferings = [] } = await ec2.DescribeInstanceTypeOfferings({
      LocationType: 'availability-zone',
      Filters,
    });
    const zones = InstanceTypeOfferings.map(({ Location }) => Location);
    expect(zones).toContain('us-east-1a');
    // AWS's oldest zone has no Nitro.
    expect(zones).not.toContain('us-east-1e');
  });
});

test('DescribeAccountAttributes', async () => {
  const one = await ec2.DescribeAccountAttributes({ AttributeNames: ['default-vpc'] });
  expect(one.AccountAttributes).toEqual([
    { AttributeName: 'default-vpc', AttributeValues: [{ AttributeValue: 'none' }] },
  ]);
  const byOtherNames = (...names: string[]) => ec2.DescribeAccountAttributes({ AttributeNames: names as never });
  expect((await byOtherNames('max-elastic-ips', 'max-instances')).AccountAttributes).toHaveLength(2);
  await expect(byOtherNames('max-elastic-ips', 'colour')).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  clients.store.changeSpecs((transaction) =>
    transaction
      .table(vpcs, { account: '000000000000', region: 'us-east-1' })
      .insert('vpc-1', { isDefault: true } as VpcSpec),
  );
  const { AccountAttributes = [] } = await ec2.DescribeAccountAttributes({});
  expect(AccountAttributes).toHaveLength(6);
  expect(AccountAttributes).toContainEqual({
    AttributeName: 'default-vpc',
    AttributeValues: [{ AttributeValue: 'vpc-1' }],
  });
});
