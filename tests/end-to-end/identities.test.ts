// A person with a narrow policy, by the AWS CLI: refused, told why, let in; in another account by a role; with a device.

import { createHmac } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, type AwsKeys, createAws } from './aws-cli.ts';
import { type CloudProcess, createCloudProcess } from './cloud-process.ts';
import { isInstalled } from './host.ts';

const reason = isInstalled('aws') ? undefined : 'the AWS CLI is not installed';
if (reason) process.stderr.write(`skipped: identities by the AWS CLI, because: ${reason}\n`);

const allow = (Action: string, Resource: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, Resource } });

describe.skipIf(reason !== undefined)('a person', { timeout: 180_000 }, () => {
  let cloud: CloudProcess;
  let home: Aws;
  let abroad: Aws;
  let bob: Aws;

  /** Some versions of the CLI send SQS to AWS unless the endpoint is on the command line. */
  const awsWith = (who: { readonly account?: string; readonly keys?: AwsKeys }): Aws => {
    const plain = createAws({ endpoint: cloud.endpoint, ...who });
    return (...argv) => plain(...argv, '--endpoint-url', cloud.endpoint);
  };

  beforeAll(async () => {
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'none'] });
    await cloud.start();
    home = awsWith({ account: '111111111111' });
    abroad = awsWith({ account: '222222222222' });
  });

  afterAll(() => cloud?.dispose());

  it('is refused, reads why, and may do what the policy says from then on', async () => {
    await home('iam', 'create-user', '--user-name', 'bob');
    const made = JSON.parse(await home('iam', 'create-access-key', '--user-name', 'bob', '--output', 'json'));
    bob = awsWith({ keys: made.AccessKey });
    expect(await bob('sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text')).toBe(
      'arn:aws:iam::111111111111:user/bob',
    );
    const make = (name: string) => bob('sqs', 'create-queue', '--queue-name', name);
    await expect(make('bob')).rejects.toThrow(
      'User: arn:aws:iam::111111111111:user/bob is not authorized to perform: sqs:CreateQueue on resource: arn:aws:sqs:us-east-1:111111111111:bob because no identity-based policy allows the sqs:CreateQueue action',
    );
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is a policy variable
    const document = allow('sqs:*', 'arn:aws:sqs:*:*:${aws:username}');
    await home(
      ...['iam', 'put-user-policy', '--user-name', 'bob', '--policy-name', 'own', '--policy-document', document],
    );
    await make('bob');
    await expect(make('eve')).rejects.toThrow(/not authorized to perform: sqs:CreateQueue/);
  });

  it('assumes a role of another account, which both must allow', async () => {
    const role = 'arn:aws:iam::222222222222:role/ops';
    const trust = JSON.stringify({
      Version: '2012-10-17',
      Statement: { Effect: 'Allow', Principal: { AWS: 'arn:aws:iam::111111111111:root' }, Action: 'sts:AssumeRole' },
    });
    await abroad('iam', 'create-role', '--role-name', 'ops', '--assume-role-policy-document', trust);
    const policy = 'arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess';
    await abroad('iam', 'attach-role-policy', '--role-name', 'ops', '--policy-arn', policy);
    const assume = () =>
      bob('sts', 'assume-role', '--role-arn', role, '--role-session-name', 'visit', '--output', 'json');
    await expect(assume()).rejects.toThrow(/because no identity-based policy allows the sts:AssumeRole action/);
    const document = allow('sts:AssumeRole', role);
    await home(
      ...['iam', 'put-user-policy', '--user-name', 'bob', '--policy-name', 'ops', '--policy-document', document],
    );
    const visitor = awsWith({ keys: JSON.parse(await assume()).Credentials });
    expect(await visitor('sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text')).toBe(
      'arn:aws:sts::222222222222:assumed-role/ops/visit',
    );
    await visitor('sqs', 'list-queues');
    await expect(visitor('sqs', 'create-queue', '--queue-name', 'q')).rejects.toThrow(/not authorized/);
    await abroad('iam', 'detach-role-policy', '--role-name', 'ops', '--policy-arn', policy);
    await expect(visitor('sqs', 'list-queues')).rejects.toThrow(/not authorized/);
  });

  it('shows a device that makes codes', async () => {
    const seedPath = join(tmpdir(), `cloudlet-seed-${process.pid}`);
    const serial = await home(
      ...['iam', 'create-virtual-mfa-device', '--virtual-mfa-device-name', 'phone', '--outfile', seedPath],
      ...['--bootstrap-method', 'Base32StringSeed', '--query', 'VirtualMFADevice.SerialNumber', '--output', 'text'],
    );
    const seed = readFileSync(seedPath, 'utf8');
    rmSync(seedPath);
    const enable = (first: string, second: string) =>
      home(
        ...['iam', 'enable-mfa-device', '--user-name', 'bob', '--serial-number', serial],
        ...['--authentication-code1', first, '--authentication-code2', second],
      );
    await expect(enable('123456', '654321')).rejects.toThrow(/InvalidAuthenticationCode/);
    const step = Math.floor(Date.now() / 30_000);
    await enable(codeOf(seed, step - 1), codeOf(seed, step));
    const listed = await home('iam', 'list-mfa-devices', '--user-name', 'bob', '--output', 'text');
    expect(listed).toContain(serial);
  });
});

/** RFC 6238, written once more: an authenticator app has none of our code. */
function codeOf(seed: string, step: number): string {
  const bits = [...seed].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => Number.parseInt(byte, 2)),
  );
  const digest = createHmac('sha1', key)
    .update(Buffer.from(step.toString(16).padStart(16, '0'), 'hex'))
    .digest();
  const number = digest.readUInt32BE(digest[19]! & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
