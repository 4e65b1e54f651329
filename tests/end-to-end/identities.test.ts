// A new user of IAM, with the AWS CLI: a user with a narrow policy is refused, reads why, gets the policy mended and
// succeeds; a role is assumed across two accounts; a policy is written from what was done.

import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, createAws } from './aws-cli.ts';
import { type CloudProcess, createCloudProcess, eventually } from './cloud-process.ts';
import { isInstalled } from './host.ts';

const reason = isInstalled('aws') ? undefined : 'the AWS CLI is not installed';
if (reason) process.stderr.write(`skipped: identities by the AWS CLI, because: ${reason}\n`);

const minuteMs = 60_000;

const first = '111122223333';
const second = '444455556666';

const policy = (...statements: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements });

describe.skipIf(reason !== undefined)('identities', { timeout: 20 * minuteMs }, () => {
  let cloud: CloudProcess;
  let asRoot: Aws;
  let asAnn: Aws;

  beforeAll(async () => {
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'none'] });
    await cloud.start();
    asRoot = createAws({ endpoint: cloud.endpoint, account: first });
    await asRoot('iam', 'create-user', '--user-name', 'ann');
    asAnn = createAws({ endpoint: cloud.endpoint, keys: await newKey('ann') });
    await asRoot('s3api', 'create-bucket', '--bucket', 'annals');
  });

  afterAll(() => cloud?.dispose());

  async function newKey(user: string) {
    const line = await asRoot(
      ...['iam', 'create-access-key', '--user-name', user, '--output', 'text'],
      ...['--query', 'AccessKey.[AccessKeyId,SecretAccessKey]'],
    );
    const [AccessKeyId = '', SecretAccessKey = ''] = line.split(/\s+/);
    return { AccessKeyId, SecretAccessKey };
  }

  const putObject = () => asAnn('s3api', 'put-object', '--bucket', 'annals', '--key', 'notes/today');

  async function explain(...argv: readonly string[]): Promise<string> {
    return stripVTControlCharacters((await cloud.cli('explain', ...argv)).stdout); // under CI it comes in colours
  }

  it('may do nothing by themselves but ask who they are', async () => {
    const who = await asAnn('sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text');
    expect(who).toBe(`arn:aws:iam::${first}:user/ann`);
    await expect(putObject()).rejects.toThrow(
      /AccessDenied.*user\/ann is not authorized to perform: s3:PutObject .* because no identity-based policy allows/s,
    );
  });

  it('are told why they are refused, and let in when that is mended', async () => {
    const document = (resource: string) =>
      policy({ Sid: 'Notes', Effect: 'Allow', Action: 's3:PutObject', Resource: resource });
    const put = (resource: string) =>
      asRoot(
        ...['iam', 'put-user-policy', '--user-name', 'ann', '--policy-name', 'notes'],
        ...['--policy-document', document(resource)],
      );
    await put('arn:aws:s3:::annals/note/*');
    await expect(putObject()).rejects.toThrow(/AccessDenied/);
    const told = await explain();
    expect(told).toContain('s3:PutObject on arn:aws:s3:::annals/notes/today: denied');
    expect(told).toMatch(/\(Notes\) would allow it, but its Resource is arn:aws:s3:::annals\/note\/\*/);
    // The bucket's access list grants to its owner's account, which is not yet to ann.
    expect(told).toMatch(/\(AccessControlList\) lets the account allow it/);
    await put('arn:aws:s3:::annals/notes/*');
    await putObject();
  });

  it('are kept by an explicit deny, whatever else allows it', async () => {
    await asRoot(
      ...['iam', 'attach-user-policy', '--user-name', 'ann'],
      ...['--policy-arn', 'arn:aws:iam::aws:policy/AdministratorAccess'],
    );
    const deny = policy({ Effect: 'Deny', Action: 'sqs:*', Resource: '*' });
    await asRoot(
      ...['iam', 'put-user-policy', '--user-name', 'ann', '--policy-name', 'no-queues', '--policy-document', deny],
    );
    await asAnn('sns', 'create-topic', '--name', 'news');
    await expect(asAnn('sqs', 'create-queue', '--queue-name', 'q', '--endpoint-url', cloud.endpoint)).rejects.toThrow(
      /with an explicit deny in an identity-based policy/,
    );
  });

  it('assume a role of another account, if it trusts them, and for as long as its key lasts', async () => {
    const other = createAws({ endpoint: cloud.endpoint, account: second });
    const trust = policy({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${first}:user/ann` },
      Action: 'sts:AssumeRole',
      Condition: { StringEquals: { 'sts:ExternalId': 'agreed' } },
    });
    await other('iam', 'create-role', '--role-name', 'guest', '--assume-role-policy-document', trust);
    await other(
      ...['iam', 'put-role-policy', '--role-name', 'guest', '--policy-name', 'read'],
      ...['--policy-document', policy({ Effect: 'Allow', Action: 's3:ListAllMyBuckets', Resource: '*' })],
    );
    await other('s3api', 'create-bucket', '--bucket', 'of-the-second');
    const assume = (...more: readonly string[]) =>
      asAnn(
        ...['sts', 'assume-role', '--role-arn', `arn:aws:iam::${second}:role/guest`, '--role-session-name', 'visit'],
        ...['--output', 'text', '--query', 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]', ...more],
      );
    await expect(assume()).rejects.toThrow(/AccessDenied/);
    const [AccessKeyId = '', SecretAccessKey = '', SessionToken = ''] = (await assume('--external-id', 'agreed')).split(
      /\s+/,
    );
    const keys = { AccessKeyId, SecretAccessKey, SessionToken };
    const asGuest = createAws({ endpoint: cloud.endpoint, keys });
    const who = await asGuest('sts', 'get-caller-identity', '--query', 'Arn', '--output', 'text');
    expect(who).toBe(`arn:aws:sts::${second}:assumed-role/guest/visit`);
    const buckets = await asGuest('s3api', 'list-buckets', '--query', 'Buckets[].Name', '--output', 'text');
    expect(buckets).toBe('of-the-second');
    await expect(asGuest('s3api', 'create-bucket', '--bucket', 'not-mine')).rejects.toThrow(/AccessDenied/);
    const forged = createAws({ endpoint: cloud.endpoint, keys: { ...keys, SecretAccessKey: `${SecretAccessKey}x` } });
    await expect(forged('sts', 'get-caller-identity')).rejects.toThrow(/SignatureDoesNotMatch/);
    const withoutToken = createAws({ endpoint: cloud.endpoint, keys: { AccessKeyId, SecretAccessKey } });
    await expect(withoutToken('sts', 'get-caller-identity')).rejects.toThrow(/InvalidClientTokenId/);
  });

  it('find in the event history what they did', async () => {
    const event = await eventually('the event of the topic', async () => {
      const found = await asRoot(
        ...['cloudtrail', 'lookup-events', '--lookup-attributes', 'AttributeKey=EventName,AttributeValue=CreateTopic'],
        ...['--query', 'Events[0].[Username,EventSource]', '--output', 'text'],
      );
      return found === 'None' ? undefined : found;
    });
    expect(event.split(/\s+/)).toEqual(['ann', 'sns.amazonaws.com']);
  });

  it('get the least policy that what they did needs', async () => {
    const { stdout } = await cloud.cli('policy-from-log', '--principal', `arn:aws:iam::${second}:role/guest`);
    const { Statement } = JSON.parse(stdout) as { Statement: readonly { Action: readonly string[] }[] };
    expect(Statement.flatMap(({ Action }) => Action).sort()).toEqual(['s3:CreateBucket', 's3:ListAllMyBuckets']);
  });
});
