// An instance with a role, as a person uses it: the AWS CLI inside finds keys by itself, may do what the role may, and
// nothing any more once the profile is taken away.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, createAws, ssh } from './aws-cli.ts';
import { type CloudProcess, createCloudProcess, eventually } from './cloud-process.ts';
import { isInstalled, leftovers, whyNoMachines } from './host.ts';

const reason = whyNoMachines() ?? (isInstalled('aws') ? undefined : 'the AWS CLI is not installed');
if (reason) process.stderr.write(`skipped: an instance with a role, because: ${reason}\n`);

const minuteMs = 60_000;

const documentOf = (statement: object) => JSON.stringify({ Version: '2012-10-17', Statement: [statement] });

describe.skipIf(reason !== undefined)('an instance with a role', { timeout: 20 * minuteMs }, () => {
  let cloud: CloudProcess;
  let aws: Aws;
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-role-'));
  const keyPath = join(folder, 'key.pem');
  let instanceId = '';
  let address = '';
  const arn = () => `arn:aws:sts::000000000000:assumed-role/app/${instanceId}`;

  const inside = (command: string) => ssh({ keyPath, user: 'admin', host: address }, command);
  /** Of itself, the CLI asks the metadata service once and waits for a second, which is not much on a busy machine. */
  const patience = 'AWS_METADATA_SERVICE_TIMEOUT=30 AWS_METADATA_SERVICE_NUM_ATTEMPTS=3';
  /** The AWS CLI of the guest, with no keys but those that it finds. */
  const guestAws = (command: string) =>
    inside(
      `${patience} AWS_DEFAULT_REGION=us-east-1 aws --endpoint-url http://169.254.169.254:4566 ${command} 2>&1 || true`,
    );
  const caller = () => guestAws('sts get-caller-identity --query Arn --output text');

  beforeAll(async () => {
    cloud = await createCloudProcess();
    await cloud.start();
    aws = createAws(cloud);
    const pem = await aws('ec2', 'create-key-pair', '--key-name', 'mine', '--query', 'KeyMaterial', '--output', 'text');
    writeFileSync(keyPath, `${pem}\n`);
    chmodSync(keyPath, 0o400);
    const everybody = ['--protocol', 'tcp', '--port', '22', '--cidr', '0.0.0.0/0'];
    await aws('ec2', 'authorize-security-group-ingress', '--group-name', 'default', ...everybody);
    const trust = documentOf({
      Effect: 'Allow',
      Principal: { Service: 'ec2.amazonaws.com' },
      Action: 'sts:AssumeRole',
    });
    await aws('iam', 'create-role', '--role-name', 'app', '--assume-role-policy-document', trust);
    const policy = documentOf({
      Effect: 'Allow',
      Action: ['s3:PutObject', 's3:GetObject'],
      Resource: 'arn:aws:s3:::data/app/*',
    });
    await aws('iam', 'put-role-policy', '--role-name', 'app', '--policy-name', 'data', '--policy-document', policy);
    await aws('iam', 'create-instance-profile', '--instance-profile-name', 'web');
    await aws('iam', 'add-role-to-instance-profile', '--instance-profile-name', 'web', '--role-name', 'app');
    await aws('s3', 'mb', 's3://data');
  });

  afterAll(async () => {
    await cloud?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is launched with a profile, and the CLI inside acts as its role', async () => {
    const imageId = await aws(
      ...['ssm', 'get-parameters', '--names', '/aws/service/debian/release/12/latest/amd64'],
      ...['--query', 'Parameters[0].Value', '--output', 'text'],
    );
    instanceId = await aws(
      ...['ec2', 'run-instances', '--image-id', imageId, '--instance-type', 't2.micro', '--key-name', 'mine'],
      ...['--iam-instance-profile', 'Name=web', '--query', 'Instances[0].InstanceId', '--output', 'text'],
      ...['--metadata-options', 'HttpTokens=required'],
    );
    await aws('ec2', 'wait', 'instance-running', '--instance-ids', instanceId);
    address = await aws(
      ...['ec2', 'describe-instances', '--instance-ids', instanceId, '--output', 'text'],
      ...['--query', 'Reservations[0].Instances[0].PublicIpAddress'],
    );
    await eventually('ssh', () => inside('true').then(() => 'in'));
    await inside(
      'sudo apt-get update -q && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends awscli',
    );
    expect(await caller()).toBe(arn());
  });

  it('may do what the role may, and nothing else', async () => {
    await inside('echo hello > hello.txt');
    expect(await guestAws('s3 cp hello.txt s3://data/app/hello.txt')).toContain('upload:');
    expect(await aws('s3', 'cp', 's3://data/app/hello.txt', '-')).toBe('hello');
    expect(await guestAws('s3 cp hello.txt s3://data/other.txt')).toContain('AccessDenied');
    expect(await guestAws('ec2 describe-instances')).toContain('UnauthorizedOperation');
    // The key that everybody knows is root's on the host, and nobody's in here.
    const guessed = 'AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1';
    expect(
      await inside(`${guessed} aws --endpoint-url http://169.254.169.254:4566 sts get-caller-identity 2>&1 || true`),
    ).toContain('InvalidClientTokenId');
  });

  it('loses it with the profile, and gets it back', async () => {
    const association = (await aws(
      ...['ec2', 'describe-iam-instance-profile-associations', '--output', 'text'],
      ...['--query', 'IamInstanceProfileAssociations[0].AssociationId'],
    )) as string;
    await aws('ec2', 'disassociate-iam-instance-profile', '--association-id', association);
    expect(await caller()).toContain('Unable to locate credentials');
    await aws(
      ...['ec2', 'associate-iam-instance-profile', '--instance-id', instanceId],
      ...['--iam-instance-profile', 'Name=web'],
    );
    expect(await caller()).toBe(arn());
  });

  it('keeps its keys while the cloud is killed and comes back', async () => {
    const key = 'configure list | grep access_key';
    const before = await guestAws(key);
    expect(before).toContain('iam-role');
    await cloud.kill('SIGKILL');
    await cloud.start();
    // The metadata service comes back with the VPC, which is looked at when the cloud is ready already.
    await eventually('its role', async () => (await caller()) === arn() || undefined);
    expect(await guestAws(key)).toBe(before);
  });

  it('leaves nothing on the host', async () => {
    const status = JSON.parse((await cloud.cli('status', '--json')).stdout) as { readonly cloudId: string };
    await cloud.dispose();
    expect(leftovers(status.cloudId, cloud.dataDirectory)).toEqual([]);
  });
});
