// Parameter Store through validation and transactions: a parameter's life, versions, hierarchies, filters, labels, tags,
// and the public parameters that find images.

import { beforeEach, describe, expect, test } from 'vitest';
import { createTestClients, type TestClients, testStartMs } from '../../aws/test-client.testing.ts';
import type { DescribeParametersRequest, PutParameterRequest } from '../../generated/ssm.types.ts';
import { imageOperations } from '../ec2/images.operations.ts';
import { listImages, resolveImageId } from '../ec2/images.ts';
import { parseReference } from './parameter-names.ts';
import { ssm as ssmService } from './ssm.ts';

let clients: TestClients;
let ssm: ReturnType<typeof clients.client<'ssm'>>;

beforeEach(() => {
  clients = createTestClients([ssmService, { id: 'ec2', operations: imageOperations }]);
  ssm = clients.client('ssm');
});

const put = (Name: string, Value = 'v', more: Partial<PutParameterRequest> = {}) =>
  ssm.PutParameter({ Name, Value, Type: 'String', ...more });

const currentValue = async (Name: string) => (await ssm.GetParameter({ Name })).Parameter?.Value;

describe('a parameter', () => {
  test('is put, got, overwritten, deleted', async () => {
    expect(await put('/app/db', 'one')).toEqual({ Version: 1, Tier: 'Standard' });
    expect((await ssm.GetParameter({ Name: '/app/db' })).Parameter).toEqual({
      Name: '/app/db',
      Type: 'String',
      Value: 'one',
      Version: 1,
      LastModifiedDate: testStartMs,
      ARN: 'arn:aws:ssm:us-east-1:000000000000:parameter/app/db',
      DataType: 'text',
    });
    await expect(put('/app/db', 'two')).rejects.toMatchObject({ code: 'ParameterAlreadyExists' });
    expect(await put('/app/db', 'two', { Overwrite: true, Type: undefined })).toEqual({ Version: 2, Tier: 'Standard' });
    expect(await currentValue('/app/db')).toBe('two');
    await ssm.DeleteParameter({ Name: '/app/db' });
    await expect(currentValue('/app/db')).rejects.toMatchObject({ code: 'ParameterNotFound', message: '' });
    await expect(ssm.DeleteParameter({ Name: '/app/db' })).rejects.toMatchObject({ code: 'ParameterNotFound' });
    expect(await put('/app/db')).toMatchObject({ Version: 1 });
  });

  test('is called what it was asked for by, with a slash more or less', async () => {
    await put('plain');
    const nameOf = async (Name: string) => (await ssm.GetParameter({ Name })).Parameter?.Name;
    expect(await nameOf('/plain')).toBe('/plain');
    expect(await nameOf('plain:1')).toBe('plain');
    expect(await nameOf('arn:aws:ssm:us-east-1:000000000000:parameter/plain')).toBe('plain');
    const { Parameters } = await ssm.GetParameters({ Names: ['/plain'] });
    expect(Parameters?.map(({ Name }) => Name)).toEqual(['/plain']);
  });

  test('is not asked for by a path that no parameter can have', async () => {
    await put('/app/db');
    for (const Name of ['app/db', '/app//db'])
      await expect(ssm.GetParameter({ Name })).rejects.toMatchObject({
        code: 'ValidationException',
        message: expect.stringContaining('sub-paths divided by slash symbol'),
      });
  });

  test('may be a secret, of which there are none', async () => {
    await expect(currentValue('/aws/reference/secretsmanager/x')).rejects.toMatchObject({
      code: 'ParameterNotFound',
      message:
        'An error occurred (ParameterNotFound) when referencing Secrets Manager: Secret /aws/reference/secretsmanager/x not found.',
    });
  });

  test('is found by version, by label and by ARN', async () => {
    await put('plain', 'one');
    await put('plain', 'two', { Overwrite: true });
    await ssm.LabelParameterVersion({ Name: 'plain', ParameterVersion: 1, Labels: ['live'] });
    expect(await currentValue('plain:1')).toBe('one');
    expect((await ssm.GetParameter({ Name: 'plain:live' })).Parameter).toMatchObject({
      Value: 'one',
      Selector: ':live',
    });
    expect(await currentValue('arn:aws:ssm:us-east-1:000000000000:parameter/plain')).toBe('two');
    expect(await currentValue('arn:aws:ssm:us-east-1:000000000000:parameter/plain:1')).toBe('one');
    await expect(currentValue('plain:3')).rejects.toMatchObject({
      code: 'ParameterVersionNotFound',
      message: 'Systems Manager could not find version 3 of plain. Verify the version and try again.',
    });
    await expect(currentValue('plain:nope')).rejects.toMatchObject({ code: 'ParameterVersionNotFound' });
  });

  test('is one of several', async () => {
    await put('a', '1');
    await put('b', '2');
    const { Parameters, InvalidParameters } = await ssm.GetParameters({ Names: ['a', 'b', 'c', 'a:9'] });
    expect(Parameters?.map(({ Value }) => Value)).toEqual(['1', '2']);
    expect(InvalidParameters).toEqual(['c', 'a:9']);
    expect(await ssm.DeleteParameters({ Names: ['a', 'c'] })).toEqual({
      DeletedParameters: ['a'],
      InvalidParameters: ['c'],
    });
  });

  test('is its account’s and region’s own', async () => {
    await put('/mine');
    for (const other of [clients.client('ssm', 'eu-west-1'), clients.client('ssm', 'us-east-1', '111111111111')]) {
      await expect(other.GetParameter({ Name: '/mine' })).rejects.toMatchObject({ code: 'ParameterNotFound' });
    }
  });
});

describe('PutParameter refuses', () => {
  test.each<[string, Partial<PutParameterRequest>, string, string]>([
    ['a name of AWS', { Name: 'awsome' }, 'ValidationException', 'be prefixed with "aws" or "ssm"'],
    ['a path of AWS', { Name: '/aws/x' }, 'AccessDeniedException', 'No access to reserved parameter name: /aws/x.'],
    ['a name of SSM', { Name: '/ssm/x' }, 'ValidationException', 'be prefixed with "ssm"'],
    ['strange characters', { Name: '/a b' }, 'ValidationException', 'a mix of letters, numbers'],
    ['a path that is not whole', { Name: 'a/b' }, 'ValidationException', 'must be a fully qualified name'],
    ['sixteen levels', { Name: '/x'.repeat(16) }, 'HierarchyLevelLimitExceededException', 'maximum of 15 levels'],
    ['nothing', { Value: '' }, 'ValidationException', "Value '' at 'value' failed to satisfy constraint"],
    ['much', { Value: 'x'.repeat(4097) }, 'ValidationException', 'maximum parameter value of 4096 characters'],
    ['too much', { Value: 'x'.repeat(8193), Tier: 'Advanced' }, 'ValidationException', '8192 characters'],
    ['no type', { Type: undefined }, 'ValidationException', 'A parameter type is required'],
    ['secrets', { Type: 'SecureString' }, 'UnsupportedParameterType', 'KMS'],
    ['policies', { Policies: '[{"Type":"Expiration"}]' }, 'UnsupportedOperation', 'parameter policies'],
    ['a key', { KeyId: 'alias/x' }, 'ValidationException', 'SecureString type parameter only'],
    ['an unknown data type', { DataType: 'Text' }, 'ValidationException', 'data type is not supported: Text'],
    ['a mismatch', { AllowedPattern: '\\d+' }, 'ParameterPatternMismatchException', 'allowedPattern: \\d+'],
    ['no pattern', { AllowedPattern: '(' }, 'InvalidAllowedPatternException', 'not valid'],
    [
      'a slow pattern',
      { AllowedPattern: '(x+x+)+y', Value: 'x'.repeat(60) },
      'InvalidAllowedPatternException',
      'too long',
    ],
    ['no image', { DataType: 'aws:ec2:image' }, 'ValidationException', 'not the ID of an Amazon Machine Image'],
  ])('%s', async (_name, change, code, words) => {
    await expect(put('/ok', 'v', change)).rejects.toMatchObject({ code, message: expect.stringContaining(words) });
    expect((await ssm.DescribeParameters({})).Parameters).toEqual([]);
  });

  test('tags with an overwrite, another type, and a step back', async () => {
    await put('a', 'x'.repeat(5000), { Tier: 'Intelligent-Tiering', Tags: [{ Key: 'k', Value: 'v' }] });
    const overwrite = (more: Partial<PutParameterRequest>) => put('a', 'v', { Overwrite: true, ...more });
    await expect(overwrite({ Tags: [{ Key: 'k', Value: 'v' }] })).rejects.toMatchObject({
      code: 'ValidationException',
    });
    await expect(overwrite({ Type: 'StringList' })).rejects.toMatchObject({ code: 'HierarchyTypeMismatchException' });
    await expect(overwrite({ Tier: 'Standard' })).rejects.toMatchObject({ code: 'ValidationException' });
    expect(await overwrite({})).toEqual({ Version: 2, Tier: 'Advanced' });
  });
});

describe('versions', () => {
  test('have a history', async () => {
    await put('h', 'one', { Description: 'first' });
    await put('h', 'two', { Overwrite: true });
    await ssm.LabelParameterVersion({ Name: 'h', Labels: ['live'] });
    const { Parameters = [] } = await ssm.GetParameterHistory({ Name: 'h' });
    expect(Parameters.map(({ Version, Value, Labels }) => ({ Version, Value, Labels }))).toEqual([
      { Version: 1, Value: 'one', Labels: [] },
      { Version: 2, Value: 'two', Labels: ['live'] },
    ]);
    expect(Parameters[0]).toMatchObject({
      Description: 'first',
      LastModifiedUser: 'arn:aws:iam::000000000000:root',
    });
  });

  test('are a hundred at most, and a label keeps the oldest from leaving', async () => {
    for (let i = 1; i <= 101; i++) await put('h', String(i), { Overwrite: true });
    const history = await ssm.GetParameterHistory({ Name: 'h', MaxResults: 50 });
    expect(history.Parameters?.[0]).toMatchObject({ Version: 2 });
    const rest = await ssm.GetParameterHistory({ Name: 'h', MaxResults: 50, NextToken: history.NextToken });
    expect(rest.Parameters?.at(-1)).toMatchObject({ Version: 101, Value: '101' });
    expect(rest.NextToken).toBeUndefined();
    await ssm.LabelParameterVersion({ Name: 'h', ParameterVersion: 2, Labels: ['keep'] });
    await expect(put('h', 'x', { Overwrite: true })).rejects.toMatchObject({
      code: 'ParameterMaxVersionLimitExceeded',
    });
  });

  test('pass a label on', async () => {
    await put('l', 'one');
    await put('l', 'two', { Overwrite: true });
    const labelled = await ssm.LabelParameterVersion({
      Name: 'l',
      ParameterVersion: 1,
      Labels: ['live', '1st', 'aws-x', 'ssm', 'a b'],
    });
    expect(labelled).toEqual({ ParameterVersion: 1, InvalidLabels: ['1st', 'aws-x', 'ssm', 'a b'] });
    await ssm.LabelParameterVersion({ Name: 'l', Labels: ['live'] });
    expect(await currentValue('l:live')).toBe('two');
    expect(await ssm.UnlabelParameterVersion({ Name: 'l', ParameterVersion: 2, Labels: ['live', 'x'] })).toEqual({
      RemovedLabels: ['live'],
      InvalidLabels: ['x'],
    });
    const many = Array.from({ length: 10 }, (_, i) => `l${i}`);
    await ssm.LabelParameterVersion({ Name: 'l', Labels: many });
    await expect(ssm.LabelParameterVersion({ Name: 'l', Labels: ['more'] })).rejects.toMatchObject({
      code: 'ParameterVersionLabelLimitExceeded',
    });
  });
});

describe('hierarchies', () => {
  beforeEach(async () => {
    for (const name of ['/app/a', '/app/b', '/app/deep/c', '/application/d', 'top']) await put(name, name);
    await put('/app/list', 'x,y', { Type: 'StringList' });
  });

  const namesBelow = async (Path: string, Recursive = false) =>
    (await ssm.GetParametersByPath({ Path, Recursive })).Parameters?.map(({ Name }) => Name);

  test('are read level by level, or whole', async () => {
    expect(await namesBelow('/app')).toEqual(['/app/a', '/app/b', '/app/list']);
    expect(await namesBelow('/app/', true)).toEqual(['/app/a', '/app/b', '/app/deep/c', '/app/list']);
    expect(await namesBelow('/')).toEqual(['top']);
    expect(await namesBelow('/nothing', true)).toEqual([]);
    await expect(namesBelow('app')).rejects.toMatchObject({ code: 'ValidationException' });
  });

  test('by type', async () => {
    const ParameterFilters = [{ Key: 'Type', Option: 'Equals', Values: ['StringList'] }];
    const { Parameters } = await ssm.GetParametersByPath({ Path: '/app', ParameterFilters });
    expect(Parameters?.map(({ Name }) => Name)).toEqual(['/app/list']);
    const wrong = ssm.GetParametersByPath({ Path: '/app', ParameterFilters: [{ Key: 'Name', Values: ['x'] }] });
    await expect(wrong).rejects.toMatchObject({ code: 'InvalidFilterKey' });
  });

  test('by label, in the versions that have it', async () => {
    await put('/app/a', 'newer', { Overwrite: true });
    await ssm.LabelParameterVersion({ Name: '/app/a', ParameterVersion: 1, Labels: ['live'] });
    const ParameterFilters = [{ Key: 'Label', Values: ['live'] }];
    const { Parameters = [] } = await ssm.GetParametersByPath({ Path: '/app', ParameterFilters });
    expect(Parameters.map(({ Name, Version }) => [Name, Version])).toEqual([['/app/a', 1]]);
  });

  test('page by page', async () => {
    for (let i = 0; i < 25; i++) await put(`/many/${String(i).padStart(2, '0')}`);
    const seen: string[] = [];
    let NextToken: string | undefined;
    do {
      const page = await ssm.GetParametersByPath({ Path: '/many', NextToken });
      expect(page.Parameters?.length).toBeLessThanOrEqual(10);
      seen.push(...(page.Parameters ?? []).map(({ Name = '' }) => Name));
      NextToken = page.NextToken;
    } while (NextToken);
    expect(new Set(seen).size).toBe(25);
    await expect(ssm.GetParametersByPath({ Path: '/many', NextToken: 'x' })).rejects.toMatchObject({
      code: 'InvalidNextToken',
    });
    expect((await ssm.DescribeParameters({})).Parameters).toHaveLength(10);
    expect((await ssm.DescribeParameters({ MaxResults: 20 })).Parameters).toHaveLength(20);
  });

  test.each<[string, DescribeParametersRequest, string[]]>([
    ['name', { ParameterFilters: [{ Key: 'Name', Option: 'Contains', Values: ['deep'] }] }, ['/app/deep/c']],
    ['beginning', { ParameterFilters: [{ Key: 'Name', Option: 'BeginsWith', Values: ['/appl'] }] }, ['/application/d']],
    ['path', { ParameterFilters: [{ Key: 'Path', Option: 'Recursive', Values: ['/app/deep'] }] }, ['/app/deep/c']],
    ['type', { ParameterFilters: [{ Key: 'Type', Values: ['StringList'] }] }, ['/app/list']],
    ['old filter', { Filters: [{ Key: 'Name', Values: ['/app/deep'] }] }, ['/app/deep/c']],
    ['tag', { ParameterFilters: [{ Key: 'tag:env', Values: ['prod'] }] }, ['top']],
    ['tag key', { ParameterFilters: [{ Key: 'tag:env' }] }, ['top']],
    ['beginning of a tag', { ParameterFilters: [{ Key: 'tag:env', Option: 'BeginsWith', Values: ['pr'] }] }, ['top']],
  ])('are described by %s', async (_name, input, expected) => {
    await ssm.AddTagsToResource({
      ResourceType: 'Parameter',
      ResourceId: 'top',
      Tags: [{ Key: 'env', Value: 'prod' }],
    });
    expect((await ssm.DescribeParameters(input)).Parameters?.map(({ Name }) => Name)).toEqual(expected);
  });

  test('refuse filters that make no sense', async () => {
    const refused = async (input: DescribeParametersRequest, code: string) =>
      expect(ssm.DescribeParameters(input)).rejects.toMatchObject({ code });
    const name = { Key: 'Name', Values: ['x'] };
    await refused({ ParameterFilters: [name, name] }, 'InvalidFilterKey');
    await refused({ ParameterFilters: [{ ...name, Option: 'Recursive' }] }, 'InvalidFilterOption');
    await refused({ ParameterFilters: [{ Key: 'Name' }] }, 'InvalidFilterValue');
    await refused({ ParameterFilters: [{ Key: 'Label', Values: ['live'] }] }, 'InvalidFilterKey');
    await refused({ ParameterFilters: [{ Key: 'Type', Values: ['Text'] }] }, 'InvalidFilterValue');
    await refused({ ParameterFilters: [{ Key: 'Tier', Values: ['Free'] }] }, 'InvalidFilterValue');
    for (const path of ['app', '//', '/###', '/aws/x', '/SSM']) {
      await refused({ ParameterFilters: [{ Key: 'Path', Values: [path] }] }, 'ValidationException');
    }
    await refused({ ParameterFilters: [name], Filters: [{ Key: 'Name', Values: ['x'] }] }, 'ValidationException');
  });
});

test('tags are added, listed and removed', async () => {
  await put('t', 'v', { Tags: [{ Key: 'a', Value: '1' }] });
  const resource = { ResourceType: 'Parameter', ResourceId: 't' } as const;
  await ssm.AddTagsToResource({ ...resource, Tags: [{ Key: 'b', Value: '2' }] });
  await ssm.RemoveTagsFromResource({ ...resource, TagKeys: ['a', 'c'] });
  expect(await ssm.ListTagsForResource(resource)).toEqual({ TagList: [{ Key: 'b', Value: '2' }] });
  await expect(ssm.ListTagsForResource({ ...resource, ResourceId: 'x' })).rejects.toMatchObject({
    code: 'InvalidResourceId',
  });
  await expect(ssm.ListTagsForResource({ ResourceType: 'Document', ResourceId: 'x' })).rejects.toMatchObject({
    code: 'UnsupportedOperation',
  });
});

test.each([
  ['slashed', '/slashed'],
  ['/slashed', 'slashed'],
])('%s is also called %s', async (kept, other) => {
  await put(kept, 'one');
  expect((await ssm.GetParameter({ Name: other })).Parameter).toMatchObject({ Name: other, Value: 'one' });
  expect((await ssm.GetParameters({ Names: [other] })).Parameters).toHaveLength(1);
  await expect(put(other)).rejects.toMatchObject({ code: 'ParameterAlreadyExists' });
  expect(await put(other, 'two', { Overwrite: true })).toMatchObject({ Version: 2 });
  expect((await ssm.DescribeParameters({})).Parameters?.map(({ Name }) => Name)).toEqual([kept]);
  const resource = { ResourceType: 'Parameter', ResourceId: other } as const;
  await ssm.AddTagsToResource({ ...resource, Tags: [{ Key: 'a', Value: '1' }] });
  expect((await ssm.ListTagsForResource({ ...resource, ResourceId: kept })).TagList).toHaveLength(1);
  await ssm.LabelParameterVersion({ Name: other, Labels: ['live'] });
  expect((await ssm.GetParameterHistory({ Name: other })).Parameters?.at(-1)).toMatchObject({ Labels: ['live'] });
  expect(await ssm.DeleteParameters({ Names: [other] })).toEqual({ DeletedParameters: [other], InvalidParameters: [] });
  expect((await ssm.GetParameters({ Names: [kept] })).InvalidParameters).toEqual([kept]);
});

describe('public parameters', () => {
  const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const debian = `/aws/service/debian/release/12/latest/${architecture}`;

  test('hold the ids of images', async () => {
    const [debianImage, ubuntuImage] = listImages('eu-west-1');
    const { Parameter } = await clients.client('ssm', 'eu-west-1').GetParameter({ Name: debian });
    expect(Parameter).toMatchObject({
      Value: debianImage?.imageId,
      DataType: 'aws:ec2:image',
      ARN: `arn:aws:ssm:eu-west-1::parameter${debian}`,
    });
    for (const release of ['24.04', 'noble']) {
      const Name = `/aws/service/canonical/ubuntu/server/${release}/stable/current/${architecture}/hvm/ebs-gp3/ami-id`;
      const found = await clients.client('ssm', 'eu-west-1').GetParameter({ Name });
      expect(found.Parameter?.Value).toBe(ubuntuImage?.imageId);
    }
  });

  test('are listed by path, but are nobody’s to change', async () => {
    const { Parameters } = await ssm.GetParametersByPath({ Path: '/aws/service/debian', Recursive: true });
    expect(Parameters?.map(({ Name }) => Name)).toEqual([debian]);
    await expect(put(debian, 'x', { Overwrite: true })).rejects.toMatchObject({ code: 'AccessDeniedException' });
    await expect(ssm.DeleteParameter({ Name: debian })).rejects.toMatchObject({ code: 'ParameterNotFound' });
  });

  test('know the regions', async () => {
    const base = '/aws/service/global-infrastructure/regions';
    expect(await currentValue(`${base}/eu-west-1/longName`)).toBe('Europe (Ireland)');
    const { Parameters = [] } = await ssm.GetParametersByPath({ Path: base });
    expect(Parameters[0]).toMatchObject({ Name: `${base}/af-south-1`, Value: 'af-south-1' });
  });

  test('and a user’s can be an ImageId', async () => {
    const imageId = listImages('us-east-1')[0]?.imageId ?? '';
    await put('/golden', imageId, { DataType: 'aws:ec2:image' });
    const resolving = createTestClients([
      ssmService,
      {
        id: 'ec2',
        operations: {
          ...imageOperations,
          // Stands in for RunInstances, to have a context that reaches other services.
          DescribeVpcs: (ctx, input: { VpcIds: string[] }) => resolveImageId(ctx, input.VpcIds[0] ?? ''),
        },
      },
    ]);
    const resolve = (name: string) => resolving.client('ec2').DescribeVpcs({ VpcIds: [name] });
    await resolving.client('ssm').PutParameter({ Name: '/golden', Value: imageId, Type: 'String' });
    expect(await resolve('resolve:ssm:/golden')).toBe(imageId);
    expect(await resolve('resolve:ssm:/golden:1')).toBe(imageId);
    expect(await resolve(`resolve:ssm:${debian}`)).toBe(imageId);
    expect(await resolve('ami-1')).toBe('ami-1');
    await expect(resolve('resolve:ssm:/nothing')).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  });
});

test('references are names, selectors and ARNs', () => {
  expect(parseReference('/a/b:3')).toEqual({ names: ['/a/b', 'a/b'], given: '/a/b', selector: ':3' });
  expect(parseReference('a')).toEqual({ names: ['a', '/a'], given: 'a' });
  expect(parseReference('arn:aws:ssm:us-east-1:000000000000:parameter/a/b')).toEqual({ names: ['/a/b', 'a/b'] });
});
