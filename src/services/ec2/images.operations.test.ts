// The base images as public AMIs: found by owner, by name, by every filter; and their ids, which never change.

import { beforeEach, describe, expect, test } from 'vitest';
import { createTestClients, type TestClients } from '../../aws/test-client.testing.ts';
import type { DescribeImagesRequest } from '../../generated/ec2.types.ts';
import { imageOperations } from './images.operations.ts';
import { getImage, listImages } from './images.ts';

let clients: TestClients;
let ec2: ReturnType<typeof clients.client<'ec2'>>;

beforeEach(() => {
  clients = createTestClients([{ id: 'ec2', operations: imageOperations }]);
  ec2 = clients.client('ec2');
});

const names = async (input: DescribeImagesRequest) =>
  ((await ec2.DescribeImages(input)).Images ?? [])
    .map(({ Name = '' }) => (Name.includes('ubuntu') ? 'ubuntu' : 'debian'))
    .sort();

describe('ids', () => {
  test('are the same for ever, and others in each region and architecture', () => {
    expect(listImages('us-east-1', 'x86_64').map(({ imageId }) => imageId)).toEqual([
      'ami-09b03b97b86a79ed5',
      'ami-0fece6b48fd157755',
    ]);
    const all = ['us-east-1', 'eu-west-1'].flatMap((region) =>
      (['x86_64', 'arm64'] as const).flatMap((architecture) => listImages(region, architecture)),
    );
    expect(new Set(all.map(({ imageId }) => imageId)).size).toBe(8);
  });

  test('find the image in its region only', () => {
    const [image] = listImages('us-east-1');
    expect(getImage('us-east-1', image?.imageId ?? '')).toEqual(image);
    expect(getImage('eu-west-1', image?.imageId ?? '')).toBeUndefined();
  });
});

describe('DescribeImages', () => {
  test.each<[string, DescribeImagesRequest, string[]]>([
    ['all', {}, ['debian', 'ubuntu']],
    ['by owner', { Owners: ['136693071363'] }, ['debian']],
    ['by alias', { Owners: ['amazon'] }, ['debian', 'ubuntu']],
    ['one’s own', { Owners: ['self'] }, []],
    ['of the marketplace', { Owners: ['aws-marketplace'] }, []],
    ['that all may launch', { ExecutableUsers: ['all'] }, ['debian', 'ubuntu']],
    ['that were given to oneself', { ExecutableUsers: ['self'] }, []],
    ['by Debian’s name', { Filters: [{ Name: 'name', Values: ['debian-12-*'] }] }, ['debian']],
    [
      'by Ubuntu’s name',
      {
        Owners: ['099720109477'],
        Filters: [
          { Name: 'name', Values: ['ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-*-server-*'] },
          { Name: 'virtualization-type', Values: ['hvm'] },
        ],
      },
      ['ubuntu'],
    ],
    [
      'by what both are',
      {
        Filters: [
          { Name: 'root-device-type', Values: ['ebs'] },
          { Name: 'state', Values: ['available'] },
          { Name: 'is-public', Values: ['true'] },
        ],
      },
      ['debian', 'ubuntu'],
    ],
    ['by root device', { Filters: [{ Name: 'block-device-mapping.device-name', Values: ['/dev/xvda'] }] }, ['debian']],
    ['by description', { Filters: [{ Name: 'description', Values: ['Canonical*'] }] }, ['ubuntu']],
    ['for Windows', { Filters: [{ Name: 'platform', Values: ['windows'] }] }, []],
  ])('%s', async (_name, input, expected) => {
    expect(await names(input)).toEqual(expected);
  });

  test('shows an image as AWS does', async () => {
    const { Images = [] } = await ec2.DescribeImages({ Owners: ['136693071363'] });
    const architecture = process.arch === 'arm64' ? 'arm64' : 'x86_64';
    expect(Images[0]).toMatchObject({
      ImageId: listImages('us-east-1')[0]?.imageId,
      ImageOwnerAlias: 'amazon',
      OwnerId: '136693071363',
      Architecture: architecture,
      State: 'available',
      Public: true,
      RootDeviceName: '/dev/xvda',
      RootDeviceType: 'ebs',
      PlatformDetails: 'Linux/UNIX',
      BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs: { VolumeSize: 8, DeleteOnTermination: true } }],
    });
  });

  test('refuses ids that are malformed or unknown, and unknown filters', async () => {
    await expect(ec2.DescribeImages({ ImageIds: ['ami-x'] })).rejects.toMatchObject({
      code: 'InvalidAMIID.Malformed',
      message: 'Invalid id: "ami-x" (expecting "ami-...")',
    });
    await expect(ec2.DescribeImages({ ImageIds: ['ami-00000000000000000'] })).rejects.toMatchObject({
      code: 'InvalidAMIID.NotFound',
      message: "The image id '[ami-00000000000000000]' does not exist",
    });
    await expect(ec2.DescribeImages({ Filters: [{ Name: 'colour', Values: ['red'] }] })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    });
  });
});

describe('DescribeImageAttribute', () => {
  test('is for the owner', async () => {
    const { imageId = '' } = listImages('us-east-1')[0] ?? {};
    const request = { ImageId: imageId, Attribute: 'launchPermission' } as const;
    await expect(ec2.DescribeImageAttribute(request)).rejects.toMatchObject({
      code: 'AuthFailure',
      message: `Not authorized for image:${imageId}`,
    });
    const debian = clients.client('ec2', 'us-east-1', '136693071363');
    expect(await debian.DescribeImageAttribute(request)).toEqual({
      ImageId: imageId,
      LaunchPermissions: [{ Group: 'all' }],
    });
  });
});
