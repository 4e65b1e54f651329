// Who gets in by which door, and what each is shown: the cloud's port with and without `--auth=strict`, and the address at
// which guests find the API.

import type { AddressInfo, Server } from 'node:net';
import { IAM } from '@aws-sdk/client-iam';
import { STS } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHttpServer } from '../../src/aws/http/http-server.ts';
import type { Gateway } from '../../src/aws/request.ts';
import type { Service } from '../../src/aws/service.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { services } from '../../src/main.ts';
import { type MessagingCloud, startMessagingCloud } from '../../src/services/sqs/cloud.testing.ts';

import type { Keys } from './identities.ts';

let lenient: MessagingCloud;
let strict: MessagingCloud;
let guests: Server;
let guestDoor: Gateway;

/** The same service, telling by which gateway guests get in. */
const telling = (service: Service): Service => ({
  ...service,
  background(world) {
    guestDoor ??= world.gateway;
    return service.background?.(world) ?? {};
  },
});

beforeAll(async () => {
  lenient = await startMessagingCloud(services.map((service) => (service.id === 'ssm' ? telling(service) : service)));
  strict = await startMessagingCloud(services, undefined, 'strict');
  guests = createHttpServer({ gateway: guestDoor, log: silentLog });
  await new Promise<void>((resolve) => guests.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await new Promise((resolve) => guests.close(resolve));
  await Promise.all([lenient.stop(), strict.stop()]);
});

const guestEndpoint = () => `http://127.0.0.1:${(guests.address() as AddressInfo).port}`;
const statusOf = async (url: string, init: RequestInit = {}) => (await fetch(url, init)).status;

const test: Keys = { accessKeyId: 'test', secretAccessKey: 'test' };
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'sts:AssumeRole' }],
});

describe('what lies below /_aws/', () => {
  const paths = [
    '/_aws/sqs/messages?QueueUrl=http://localhost:4566/000000000000/q',
    '/_aws/sns/sms-messages',
    '/_aws/sns/subscription-tokens/arn:aws:sns:us-east-1:000000000000:t:1',
  ];

  it.each(paths)('%s is shown to everybody, but not by a strict cloud, nor to guests', async (path) => {
    expect(await statusOf(`${lenient.endpoint}${path}`)).not.toBe(403);
    expect(await statusOf(`${strict.endpoint}${path}`)).toBe(403);
    expect(await statusOf(`${guestEndpoint()}${path}`)).toBe(403);
  });
});

describe('guests', () => {
  it('are let in with keys that were handed out, and no others', async () => {
    const iam = lenient.keep(new IAM({ ...lenient.clientOptions(), credentials: test }));
    await iam.createUser({ UserName: 'inside' });
    const { AccessKey } = await iam.createAccessKey({ UserName: 'inside' });
    const own = { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' };
    const sts = (credentials: Keys) =>
      lenient.keep(new STS({ ...lenient.clientOptions(), endpoint: guestEndpoint(), credentials }));
    expect((await sts(own).getCallerIdentity({})).Arn).toBe('arn:aws:iam::000000000000:user/inside');
    for (const accessKeyId of ['test', '000000000000', 'AKIAIOSFODNN7EXAMPLE']) {
      await expect(sts({ accessKeyId, secretAccessKey: 'test' }).getCallerIdentity({})).rejects.toMatchObject({
        name: 'InvalidClientTokenId',
      });
    }
  });
});

describe('root', () => {
  const roleOf = async (cloud: MessagingCloud) => {
    const iam = cloud.keep(new IAM({ ...cloud.clientOptions(), credentials: test }));
    const { Role } = await iam.createRole({ RoleName: 'r', AssumeRolePolicyDocument: trust });
    const { AccessKey } = await iam.createAccessKey({});
    return {
      RoleArn: Role?.Arn ?? '',
      own: { accessKeyId: AccessKey?.AccessKeyId ?? '', secretAccessKey: AccessKey?.SecretAccessKey ?? '' },
    };
  };
  const assume = (cloud: MessagingCloud, RoleArn: string, credentials: Keys) =>
    cloud.keep(new STS({ ...cloud.clientOptions(), credentials })).assumeRole({ RoleArn, RoleSessionName: 'session' });
  const refused = { name: 'AccessDenied', message: 'Roles may not be assumed by root accounts.' };

  it('assumes roles where it is only believed to be root', async () => {
    const { RoleArn, own } = await roleOf(lenient);
    expect((await assume(lenient, RoleArn, test)).AssumedRoleUser?.Arn).toMatch(/assumed-role\/r\/session$/);
    await expect(assume(lenient, RoleArn, own)).rejects.toMatchObject(refused);
  });

  it('assumes none where its key is verified', async () => {
    const { RoleArn } = await roleOf(strict);
    await expect(assume(strict, RoleArn, test)).rejects.toMatchObject(refused);
  });
});
