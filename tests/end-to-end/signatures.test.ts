// Who may call, over HTTP with boto3 and the AWS CLI: any key by default, but a key that the cloud handed out must be
// used right; with --auth=strict only what verifies.

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { credentials } from '../../src/aws/credentials.table.ts';
import { openLmdbKeyValue } from '../../src/kernel/lmdb-key-value.ts';
import { createStore } from '../../src/kernel/store.ts';
import { type Aws, createAws } from './aws-cli.ts';
import { type Boto3, type Boto3Answer, type Boto3Call, hasBoto3, openBoto3 } from './boto3.ts';
import { type CloudProcess, createCloudProcess } from './cloud-process.ts';
import { isInstalled } from './host.ts';

const missing = [...(hasBoto3 ? [] : ['python3 with boto3']), ...(isInstalled('aws') ? [] : ['the AWS CLI'])];
if (missing.length > 0) {
  const reason = `signatures by real clients, because these are missing: ${missing.join(', ')}`;
  if (process.env['CI'] === 'true') throw new Error(`CI must not skip ${reason}`);
  process.stderr.write(`skipped: ${reason}\n`);
}

interface Key {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

const wellKnown: Key = { accessKeyId: 'test', secretAccessKey: 'test' };

const whoami = { service: 'sts', operation: 'get_caller_identity' } as const;

describe.skipIf(missing.length > 0)('signatures', () => {
  let boto3: Boto3;
  let cloud: CloudProcess;
  let aws: Aws;

  const ask = (key: Key, call: Omit<Boto3Call, keyof Key | 'endpoint'> = whoami): Promise<Boto3Answer> =>
    boto3.call({ endpoint: cloud.endpoint, ...key, ...call });

  const session = async (): Promise<Required<Key>> => {
    const { answer } = await ask(wellKnown, { service: 'sts', operation: 'get_session_token' });
    const made = answer?.['Credentials'] as { AccessKeyId: string; SecretAccessKey: string; SessionToken: string };
    return { accessKeyId: made.AccessKeyId, secretAccessKey: made.SecretAccessKey, sessionToken: made.SessionToken };
  };

  /** Lets time be over for a session, where it is kept. */
  async function expire({ accessKeyId }: Key): Promise<void> {
    await cloud.kill('SIGTERM');
    const store = createStore(openLmdbKeyValue(join(cloud.dataDirectory, 'store')), { now: Date.now });
    const row = store.find(credentials, accessKeyId);
    if (!row) throw new Error('the session is not on disk');
    store.changeSpecs((transaction) =>
      transaction.table(credentials, row).update(accessKeyId, (spec) => ({ ...spec, expiresAtMs: Date.now() - 1 })),
    );
    await store.flushed();
    await store.close();
    await cloud.start();
  }

  beforeAll(() => {
    boto3 = openBoto3();
  });

  afterAll(() => boto3?.close());

  const start = (mode: string) => async () => {
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'none', '--auth', mode, '--log', 'warn'] });
    await cloud.start();
    aws = createAws(cloud);
  };

  const stop = async () => {
    expect(cloud?.log()).not.toMatch(/ error |InternalFailure/);
    await cloud?.dispose();
  };

  /** What is the same whether strangers are let in or not. */
  const whateverTheMode = () => {
    it('verifies a session', async () => {
      const key = await session();
      expect(await ask(key)).toMatchObject({
        status: 200,
        answer: { Account: '000000000000', Arn: 'arn:aws:iam::000000000000:root' },
      });
      expect(await ask(key, { service: 'ec2', operation: 'describe_regions' })).toMatchObject({ status: 200 });
    });

    it('refuses a session with another secret, or another token, or none', async () => {
      const { accessKeyId, secretAccessKey, sessionToken } = await session();
      expect(await ask({ accessKeyId, secretAccessKey: 'wrong', sessionToken })).toMatchObject({
        status: 403,
        code: 'SignatureDoesNotMatch',
        message: expect.stringMatching(
          /^The request signature we calculated does not match the signature you provided/,
        ),
      });
      const other = { status: 403, code: 'InvalidClientTokenId' };
      expect(await ask({ accessKeyId, secretAccessKey, sessionToken: 'other' })).toMatchObject(other);
      expect(await ask({ accessKeyId, secretAccessKey })).toMatchObject(other);
    });

    it('says so in the words of each service', async () => {
      const key = { ...(await session()), secretAccessKey: 'wrong' };
      const refusals = [
        ['ec2', 'describe_regions', 401, 'AuthFailure'],
        ['dynamodb', 'list_tables', 400, 'InvalidSignatureException'],
        ['lambda', 'list_functions', 403, 'InvalidSignatureException'],
        ['route53', 'list_hosted_zones', 403, 'SignatureDoesNotMatch'],
        ['s3', 'list_buckets', 403, 'SignatureDoesNotMatch'],
      ] as const;
      for (const [service, operation, status, code] of refusals)
        expect(await ask(key, { service, operation }), service).toMatchObject({ status, code });
    });

    it('refuses a session that has expired', async () => {
      const key = await session();
      await expire(key);
      expect(await ask(key)).toMatchObject({ status: 403, code: 'ExpiredToken' });
      expect(await ask(key, { service: 'ec2', operation: 'describe_regions' })).toMatchObject({
        code: 'RequestExpired',
      });
      expect(await ask(key, { service: 'dynamodb', operation: 'list_tables' })).toMatchObject({
        status: 400,
        code: 'ExpiredTokenException',
      });
    });

    it('refuses what was signed by a clock that is wrong', async () => {
      const key = await session();
      expect(await ask(key, { ...whoami, skewSeconds: 600 })).toMatchObject({ status: 200 });
      expect(await ask(key, { ...whoami, skewSeconds: -1200 })).toMatchObject({
        status: 403,
        code: 'SignatureDoesNotMatch',
        message: expect.stringMatching(/^Signature expired: \d{8}T\d{6}Z is now earlier than .* - 15 min\.\)$/),
      });
      expect(await ask(key, { ...whoami, skewSeconds: 1200 })).toMatchObject({
        status: 403,
        message: expect.stringMatching(/^Signature not yet current: /),
      });
      const inEc2 = await ask(key, { service: 'ec2', operation: 'describe_regions', skewSeconds: -1200 });
      expect(inEc2).toMatchObject({ status: 400, code: 'RequestExpired' });
    });

    it('takes a presigned GET, and not when it was changed or is too old', async () => {
      const key = await session();
      const taken = await ask(key, { ...whoami, presign: 60 });
      expect(taken).toMatchObject({ status: 200, text: expect.stringContaining('<Account>000000000000</Account>') });
      const changed = await ask(key, { ...whoami, presign: 60, replace: ['X-Amz-Expires=60', 'X-Amz-Expires=61'] });
      expect(changed).toMatchObject({
        status: 403,
        text: expect.stringContaining('<Code>SignatureDoesNotMatch</Code>'),
      });
      const old = await ask(key, { ...whoami, presign: 60, skewSeconds: -1200 });
      expect(old).toMatchObject({ status: 403, text: expect.stringContaining('Signature expired: ') });
      const long = await ask(key, { ...whoami, presign: 3600, skewSeconds: -1200 });
      expect(long).toMatchObject({ status: 200 });
    });

    it('takes the account from a key of twelve digits, and the region from the scope', async () => {
      const key = { ...wellKnown, accessKeyId: '111122223333' };
      expect(await ask(key)).toMatchObject({
        answer: { Account: '111122223333', Arn: 'arn:aws:iam::111122223333:root' },
      });
      const zones = { service: 'ec2', operation: 'describe_availability_zones', region: 'eu-west-1' };
      expect(await ask(key, zones)).toMatchObject({
        answer: { AvailabilityZones: expect.arrayContaining([expect.objectContaining({ ZoneName: 'eu-west-1a' })]) },
      });
      const inOther = createAws({ ...cloud, account: '111122223333', region: 'ap-south-1' });
      expect(await inOther('sts', 'get-caller-identity', '--query', 'Account', '--output', 'text')).toBe(
        '111122223333',
      );
      const vpc = ['ec2', 'describe-vpcs', '--query', 'Vpcs[].OwnerId', '--output', 'text'];
      expect(await inOther(...vpc)).toBe('111122223333');
    });

    it('is used by the AWS CLI', async () => {
      expect(await aws('sts', 'get-caller-identity', '--query', 'Account', '--output', 'text')).toBe('000000000000');
    });
  };

  describe('by default', () => {
    beforeAll(start('lenient'));
    afterAll(stop);

    whateverTheMode();

    it('takes any key that it did not hand out, whatever its secret and its clock', async () => {
      for (const accessKeyId of ['test', 'AKIAIOSFODNN7EXAMPLE', 'whatever', 'ASIAQWERTYUIOPASDFGH']) {
        expect(await ask({ accessKeyId, secretAccessKey: 'anything' }), accessKeyId).toMatchObject({
          status: 200,
          answer: { Account: '000000000000' },
        });
      }
      expect(await ask(wellKnown, { ...whoami, skewSeconds: -86_400 })).toMatchObject({ status: 200 });
      expect(await ask({ accessKeyId: 'x', secretAccessKey: 'y' }, { ...whoami, presign: 60 })).toMatchObject({
        status: 200,
      });
    });
  });

  describe('with --auth=strict', () => {
    beforeAll(start('strict'));
    afterAll(stop);

    whateverTheMode();

    it('refuses keys that nobody handed out', async () => {
      const stranger = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'test' };
      const refusals = [
        ['sts', 'get_caller_identity', 403, 'InvalidClientTokenId'],
        ['ec2', 'describe_regions', 401, 'AuthFailure'],
        ['dynamodb', 'list_tables', 400, 'UnrecognizedClientException'],
        ['lambda', 'list_functions', 403, 'UnrecognizedClientException'],
        ['s3', 'list_buckets', 403, 'InvalidAccessKeyId'],
      ] as const;
      for (const [service, operation, status, code] of refusals)
        expect(await ask(stranger, { service, operation }), service).toMatchObject({ status, code });
    });

    it('refuses test with another secret, and with a wrong clock', async () => {
      expect(await ask({ ...wellKnown, secretAccessKey: 'tset' })).toMatchObject({
        status: 403,
        code: 'SignatureDoesNotMatch',
      });
      expect(await ask({ accessKeyId: '111122223333', secretAccessKey: 'x' })).toMatchObject({ status: 403 });
      expect(await ask(wellKnown, { ...whoami, skewSeconds: -1200 })).toMatchObject({ status: 403 });
    });

    it('is explained by the AWS CLI', async () => {
      const wrong = createAws({ ...cloud, account: 'AKIAIOSFODNN7EXAMPLE' });
      await expect(wrong('sts', 'get-caller-identity')).rejects.toThrow(
        'An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid.',
      );
    });
  });
});
