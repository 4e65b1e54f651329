// Tags on resources of several kinds: put on, replaced, taken off, found, paged.

import { beforeEach, describe, expect, test } from 'vitest';
import { createTestClients, type TestClients } from '../../aws/test-client.testing.ts';
import type { DescribeTagsRequest } from '../../generated/ec2.types.ts';
import { listImages } from './images.ts';
import { keyPairs } from './key-pairs.table.ts';
import { checkMetadataTagKeys } from './metadata-tag-keys.ts';
import { tagOperations } from './tags.operations.ts';
import { type VpcSpec, vpcs } from './vpcs.table.ts';

const scope = { account: '000000000000', region: 'us-east-1' };
const vpcIds = Array.from({ length: 4 }, (_, i) => `vpc-0000000000000000${i}`);
const [vpcId = ''] = vpcIds;
const keyPairId = 'key-00000000000000001';
const imageId = listImages('us-east-1')[0]?.imageId ?? '';

let clients: TestClients;
let ec2: ReturnType<typeof clients.client<'ec2'>>;

beforeEach(() => {
  clients = createTestClients([{ id: 'ec2', operations: tagOperations }]);
  ec2 = clients.client('ec2');
  clients.store.changeSpecs((transaction) => {
    for (const id of vpcIds) transaction.table(vpcs, scope).insert(id, {} as VpcSpec);
    const spec = { keyName: 'k', keyType: 'rsa', keyFingerprint: '', publicKey: '' } as const;
    transaction.table(keyPairs, scope).insert(keyPairId, spec);
  });
});

const tag = (Resources: string[], ...pairs: string[]) =>
  ec2.CreateTags({
    Resources,
    Tags: pairs.map((pair) => ({ Key: pair.split('=')[0] ?? '', Value: pair.split('=')[1] ?? '' })),
  });

const tags = async (input: DescribeTagsRequest = {}) =>
  ((await ec2.DescribeTags(input)).Tags ?? []).map(({ ResourceId, Key, Value }) => `${ResourceId} ${Key}=${Value}`);

describe('CreateTags', () => {
  test('of several resources of several kinds at once', async () => {
    await tag([vpcId, keyPairId, imageId], 'a=1', 'b=');
    const { Tags = [] } = await ec2.DescribeTags({ Filters: [{ Name: 'key', Values: ['a'] }] });
    expect(Tags.map(({ ResourceType }) => ResourceType).sort()).toEqual(['image', 'key-pair', 'vpc']);
    await tag([vpcId], 'a=2');
    expect(await tags({ Filters: [{ Name: 'resource-id', Values: [vpcId] }] })).toEqual([
      `${vpcId} a=2`,
      `${vpcId} b=`,
    ]);
  });

  test.each([
    ['vpc-00000000000000009', 'InvalidVpcID.NotFound', "The vpc ID 'vpc-00000000000000009' does not exist"],
    ['10.0.0.1', 'InvalidID', "The ID '10.0.0.1' is not valid"],
    ['vpc-xyz', 'InvalidID', "The ID 'vpc-xyz' is not valid"],
  ])('refuses %s, and then tags nothing', async (id, code, message) => {
    await expect(tag([vpcId, id], 'a=1')).rejects.toMatchObject({ code, message });
    expect(await tags()).toEqual([]);
  });

  test('refuses no tags, reserved tags, and too many', async () => {
    await expect(tag([vpcId])).rejects.toMatchObject({ code: 'MissingParameter' });
    await expect(tag([], 'a=1')).rejects.toMatchObject({ code: 'MissingParameter' });
    await expect(tag([vpcId], 'aws:x=1')).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    const many = Array.from({ length: 51 }, (_, i) => `k${i}=`);
    await expect(tag([vpcId], ...many)).rejects.toMatchObject({ code: 'TagLimitExceeded' });
  });
});

describe('DeleteTags', () => {
  beforeEach(() => tag([vpcId], 'a=1', 'b=2', 'c=3'));

  test('by key, by key and value, and all', async () => {
    await ec2.DeleteTags({
      Resources: [vpcId],
      Tags: [{ Key: 'a' }, { Key: 'b', Value: 'other' }, { Key: 'c', Value: '3' }],
    });
    expect(await tags()).toEqual([`${vpcId} b=2`]);
    await ec2.DeleteTags({ Resources: [vpcId], Tags: [{ Key: 'b', Value: '' }] });
    expect(await tags()).toEqual([`${vpcId} b=2`]);
    await ec2.DeleteTags({ Resources: [vpcId] });
    expect(await tags()).toEqual([]);
  });
});

describe('DescribeTags', () => {
  beforeEach(async () => {
    for (const id of vpcIds) await tag([id], 'Name=x', 'Team=red', 'Tier=1');
    await tag([keyPairId], 'Name=key');
  });

  test('by filters', async () => {
    expect(await tags({ Filters: [{ Name: 'resource-type', Values: ['key-pair'] }] })).toEqual([
      `${keyPairId} Name=key`,
    ]);
    expect(await tags({ Filters: [{ Name: 'value', Values: ['r?d'] }] })).toHaveLength(4);
    expect(await tags({ Filters: [{ Name: 'tag:Team', Values: ['red'] }] })).toHaveLength(4);
    await expect(tags({ Filters: [{ Name: 'nonsense', Values: ['x'] }] })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    });
  });

  test('page by page, each once, in the middle of a resource as well', async () => {
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ec2.DescribeTags({ MaxResults: 5, NextToken });
      expect(page.Tags?.length).toBeLessThanOrEqual(5);
      seen.push(...(page.Tags ?? []).map(({ ResourceId, Key }) => `${ResourceId} ${Key}`));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(seen).toHaveLength(13);
    expect(new Set(seen).size).toBe(13);
    await expect(ec2.DescribeTags({ MaxResults: 4 })).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });

  test('of nobody else', async () => {
    expect((await clients.client('ec2', 'us-east-1', '111111111111').DescribeTags({})).Tags).toEqual([]);
  });
});

test('keys that the metadata service can show', () => {
  expect(() => checkMetadataTagKeys({ 'a-Z_0+=,.@:': '' })).not.toThrow();
  for (const key of ['a b', 'a/b', '.', '..', '_index', '']) {
    expect(() => checkMetadataTagKeys({ [key]: '' })).toThrow('is not a valid tag key');
  }
});
