// What users may do in each service, and how they are told that they may not: AWS's words, codes and statuses.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { account, allow, deny, documentOf, neighbour, type People, type Person, startPeople } from './identities.ts';

let people: People;
let root: Person;

beforeAll(async () => {
  people = await startPeople();
  root = people.root();
});
afterAll(() => people.stop());

const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`;
/** As policies name one. */
const variable = (name: string) => `$\{${name}}`;

const queueArn = (name: string, of = account) => `arn:aws:sqs:us-east-1:${of}:${name}`;

describe('a denial', () => {
  it('in SQS names principal, action, resource and kind of policy', async () => {
    const nobody = await people.user('sqs-nobody');
    await expect(nobody.sqs.createQueue({ QueueName: 'mine' })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${userArn('sqs-nobody')} is not authorized to perform: sqs:CreateQueue on resource: ${queueArn('mine')} because no identity-based policy allows the sqs:CreateQueue action`,
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('in SNS is an AuthorizationError', async () => {
    const nobody = await people.user('sns-nobody', [allow('*'), deny('sns:CreateTopic')]);
    await expect(nobody.sns.createTopic({ Name: 'mine' })).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
      message: `User: ${userArn('sns-nobody')} is not authorized to perform: sns:CreateTopic on resource: arn:aws:sns:us-east-1:${account}:mine with an explicit deny in an identity-based policy`,
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('of a message to a phone names the number', async () => {
    const nobody = await people.user('phone-nobody');
    const publish = (person: typeof nobody) => person.sns.publish({ PhoneNumber: '+15550100', Message: 'x' });
    await expect(publish(nobody)).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
      message: `User: ${userArn('phone-nobody')} is not authorized to perform: sns:Publish on resource: +15550100 because no identity-based policy allows the sns:Publish action`,
    });
    const topicsOnly = await people.user('topics-only', [allow('sns:Publish', 'arn:aws:sns:*:*:*')]);
    await expect(publish(topicsOnly)).rejects.toMatchObject({ name: 'AuthorizationErrorException' });
    await publish(await people.user('caller', [allow('sns:Publish')]));
  });

  it('in DynamoDB and SSM is a mistake of the caller', async () => {
    const nobody = await people.user('json-nobody');
    await expect(nobody.dynamodb.getItem({ TableName: 't', Key: { id: { S: '1' } } })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: `User: ${userArn('json-nobody')} is not authorized to perform: dynamodb:GetItem on resource: arn:aws:dynamodb:us-east-1:${account}:table/t because no identity-based policy allows the dynamodb:GetItem action`,
      $metadata: { httpStatusCode: 400 },
    });
    await expect(nobody.ssm.getParameter({ Name: '/a/b' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`on resource: arn:aws:ssm:us-east-1:${account}:parameter/a/b because`),
      $metadata: { httpStatusCode: 400 },
    });
  });

  it('in IAM and STS is AccessDenied', async () => {
    const nobody = await people.user('iam-nobody');
    await expect(nobody.iam.listUsers({})).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${userArn('iam-nobody')} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${account}:user/ because no identity-based policy allows the iam:ListUsers action`,
    });
    await expect(nobody.iam.getUser({})).rejects.toMatchObject({
      message: expect.stringContaining(`on resource: ${userArn('iam-nobody')} because`),
    });
    expect((await nobody.sts.getCallerIdentity({})).Arn).toBe(userArn('iam-nobody'));
  });

  it('in EC2 is sealed, and opened for those who may', async () => {
    const nobody = await people.user('ec2-nobody');
    const refused = await nobody.ec2
      .createVpc({ CidrBlock: '10.0.0.0/16', DryRun: true })
      .catch((error: Error) => error);
    expect(refused).toMatchObject({ name: 'UnauthorizedOperation', $metadata: { httpStatusCode: 403 } });
    const [, EncodedMessage = ''] =
      /Encoded authorization failure message: (\S+)$/.exec((refused as Error).message) ?? [];
    expect((refused as Error).message).toContain(
      `You are not authorized to perform this operation. User: ${userArn('ec2-nobody')} is not authorized to perform: ec2:CreateVpc on resource: arn:aws:ec2:us-east-1:${account}:vpc/* because no identity-based policy allows the ec2:CreateVpc action.`,
    );
    await expect(nobody.sts.decodeAuthorizationMessage({ EncodedMessage })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    const { DecodedMessage = '' } = await root.sts.decodeAuthorizationMessage({ EncodedMessage });
    expect(JSON.parse(DecodedMessage)).toMatchObject({
      allowed: false,
      explicitDeny: false,
      context: {
        principal: { arn: userArn('ec2-nobody'), name: 'ec2-nobody' },
        action: 'ec2:CreateVpc',
        resource: `arn:aws:ec2:us-east-1:${account}:vpc/*`,
      },
    });
    const forged = `${EncodedMessage[0] === 'A' ? 'B' : 'A'}${EncodedMessage.slice(1)}`;
    await expect(root.sts.decodeAuthorizationMessage({ EncodedMessage: forged })).rejects.toMatchObject({
      name: 'InvalidAuthorizationMessageException',
    });
    const somebody = await people.user('ec2-somebody', [allow('ec2:CreateVpc')]);
    await expect(somebody.ec2.createVpc({ CidrBlock: '10.0.0.0/16', DryRun: true })).rejects.toMatchObject({
      name: 'DryRunOperation',
    });
  });

  it('in S3 tells those of the owner account why, and strangers nothing', async () => {
    await root.s3.createBucket({ Bucket: 'told' });
    await root.s3.putObject({ Bucket: 'told', Key: 'a', Body: 'x' });
    const nobody = await people.user('s3-nobody');
    await expect(nobody.s3.getObject({ Bucket: 'told', Key: 'a' })).rejects.toMatchObject({
      name: 'AccessDenied',
      message: `User: ${userArn('s3-nobody')} is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::told/a" because no identity-based policy allows the s3:GetObject action`,
    });
    const stranger = await people.user('s3-stranger', [allow('*')], neighbour);
    await expect(stranger.s3.getObject({ Bucket: 'told', Key: 'a' })).rejects.toMatchObject({
      message: 'Access Denied',
    });
    await expect(nobody.s3.listBuckets({})).rejects.toMatchObject({ name: 'AccessDenied' });
  });
});

describe('what is asked of several resources', () => {
  it('needs all of them: tables of a transaction', async () => {
    for (const TableName of ['open', 'shut']) {
      await root.dynamodb.createTable({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      });
    }
    await people.cloud.settle();
    const user = await people.user('ddb', [allow('dynamodb:*', `arn:aws:dynamodb:us-east-1:${account}:table/open`)]);
    const Item = { id: { S: '1' } };
    await user.dynamodb.putItem({ TableName: 'open', Item });
    const put = (TableName: string) => ({ Put: { TableName, Item } });
    await user.dynamodb.transactWriteItems({ TransactItems: [put('open')] });
    await expect(user.dynamodb.transactWriteItems({ TransactItems: [put('open'), put('shut')] })).rejects.toMatchObject(
      {
        message: expect.stringContaining(
          'dynamodb:PutItem on resource: arn:aws:dynamodb:us-east-1:000000000000:table/shut',
        ),
      },
    );
    await expect(
      user.dynamodb.batchGetItem({ RequestItems: { open: { Keys: [Item] }, shut: { Keys: [Item] } } }),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
    await expect(user.dynamodb.executeStatement({ Statement: 'SELECT * FROM "shut"' })).rejects.toMatchObject({
      message: expect.stringContaining('dynamodb:PartiQLSelect'),
    });
    await user.dynamodb.executeStatement({ Statement: 'SELECT * FROM "open"' });
  });

  it('and of what is in them: partition keys and attributes', async () => {
    const own = await people.user('leading', [
      {
        ...allow(['dynamodb:GetItem', 'dynamodb:Query', 'dynamodb:PutItem']),
        Condition: { 'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [variable('aws:username')] } },
      },
    ]);
    const get = (id: string) => own.dynamodb.getItem({ TableName: 'open', Key: { id: { S: id } } });
    await get('leading');
    await expect(get('somebody-else')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const query = (id: string) =>
      own.dynamodb.query({
        TableName: 'open',
        KeyConditionExpression: '#i = :id',
        ExpressionAttributeNames: { '#i': 'id' },
        ExpressionAttributeValues: { ':id': { S: id } },
      });
    await query('leading');
    await expect(query('somebody-else')).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const some = await people.user('attributes', [
      {
        ...allow('dynamodb:GetItem'),
        Condition: {
          'ForAllValues:StringEquals': { 'dynamodb:Attributes': ['id', 'name'] },
          StringEquals: { 'dynamodb:Select': 'SPECIFIC_ATTRIBUTES' },
        },
      },
    ]);
    const Key = { id: { S: '1' } };
    await some.dynamodb.getItem({ TableName: 'open', Key, ProjectionExpression: 'id' });
    await expect(some.dynamodb.getItem({ TableName: 'open', Key })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
    await expect(
      some.dynamodb.getItem({ TableName: 'open', Key, ProjectionExpression: 'secret' }),
    ).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  it('of a launch: the image, the group, the type', async () => {
    const Condition = { StringEquals: { 'ec2:InstanceType': 't3.micro' } };
    const launches = (type: string) =>
      ({ ImageId: 'ami-12345678', InstanceType: type, MinCount: 1, MaxCount: 1 }) as const;
    const user = await people.user('launcher', [
      { ...allow('ec2:RunInstances', 'arn:aws:ec2:*:*:instance/*'), Condition },
      allow('ec2:RunInstances', [
        'arn:aws:ec2:*::image/*',
        ...['subnet', 'volume', 'network-interface', 'security-group'].map((type) => `arn:aws:ec2:*:*:${type}/*`),
      ]),
    ]);
    await expect(user.ec2.runInstances(launches('t3.large') as never)).rejects.toMatchObject({
      name: 'UnauthorizedOperation',
      message: expect.stringContaining(':instance/* because'),
    });
    await expect(user.ec2.runInstances(launches('t3.micro') as never)).rejects.not.toMatchObject({
      name: 'UnauthorizedOperation',
    });
    await expect(user.ec2.runInstances({ ...launches('t3.micro'), KeyName: 'k' } as never)).rejects.toMatchObject({
      message: expect.stringContaining(':key-pair/k because'),
    });
    await expect(
      user.ec2.runInstances({
        ...launches('t3.micro'),
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'a', Value: 'b' }] }],
      } as never),
    ).rejects.toMatchObject({ message: expect.stringContaining('ec2:CreateTags') });
  });
});

describe('conditions', () => {
  it('look at tags: of the request, of the resource, of the caller', async () => {
    const user = await people.user('tagged', [
      {
        ...allow('sqs:CreateQueue'),
        Condition: { StringEquals: { 'aws:RequestTag/team': variable('aws:PrincipalTag/team') } },
      },
      { ...allow('sqs:GetQueueAttributes'), Condition: { StringEquals: { 'aws:ResourceTag/team': 'red' } } },
    ]);
    await root.iam.tagUser({ UserName: 'tagged', Tags: [{ Key: 'team', Value: 'red' }] });
    const { QueueUrl } = await user.sqs.createQueue({ QueueName: 'red', tags: { team: 'red' } });
    await expect(user.sqs.createQueue({ QueueName: 'blue', tags: { team: 'blue' } })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await user.sqs.getQueueAttributes({ QueueUrl });
    const { QueueUrl: other } = await root.sqs.createQueue({ QueueName: 'untagged' });
    await expect(user.sqs.getQueueAttributes({ QueueUrl: other })).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('look at what S3 is asked for', async () => {
    await root.s3.createBucket({ Bucket: 'shared' });
    const user = await people.user('lister', [
      {
        ...allow('s3:ListBucket', 'arn:aws:s3:::shared'),
        Condition: { StringLike: { 's3:prefix': `home/${variable('aws:username')}/*` } },
      },
      allow(['s3:PutObject', 's3:GetObject'], `arn:aws:s3:::shared/home/${variable('aws:username')}/*`),
    ]);
    await user.s3.putObject({ Bucket: 'shared', Key: 'home/lister/a', Body: 'x' });
    await expect(user.s3.putObject({ Bucket: 'shared', Key: 'home/other/a', Body: 'x' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await user.s3.listObjectsV2({ Bucket: 'shared', Prefix: 'home/lister/' });
    await expect(user.s3.listObjectsV2({ Bucket: 'shared' })).rejects.toMatchObject({ name: 'AccessDenied' });
    // Whoever may not list is not told what is there.
    const reader = await people.user('s3-reader', [allow('s3:GetObject')]);
    await expect(reader.s3.getObject({ Bucket: 'shared', Key: 'none' })).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await expect(root.s3.getObject({ Bucket: 'shared', Key: 'none' })).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('what limits', () => {
  it('a boundary keeps what the policies allow within it', async () => {
    const { Policy } = await root.iam.createPolicy({ PolicyName: 'edge', PolicyDocument: documentOf(allow('sqs:*')) });
    const user = await people.user('bounded', [allow('*')]);
    await root.iam.putUserPermissionsBoundary({ UserName: 'bounded', PermissionsBoundary: Policy?.Arn });
    await user.sqs.listQueues({});
    await expect(user.sns.listTopics({})).rejects.toMatchObject({
      message: expect.stringContaining('because no permissions boundary allows the sns:ListTopics action'),
    });
  });

  it('a group gives and takes at once', async () => {
    const user = await people.user('member');
    await root.iam.createGroup({ GroupName: 'queues' });
    await root.iam.attachGroupPolicy({ GroupName: 'queues', PolicyArn: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' });
    await expect(user.sqs.listQueues({})).rejects.toMatchObject({ name: 'AccessDenied' });
    await root.iam.addUserToGroup({ GroupName: 'queues', UserName: 'member' });
    await user.sqs.listQueues({});
    await root.iam.removeUserFromGroup({ GroupName: 'queues', UserName: 'member' });
    await expect(user.sqs.listQueues({})).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('a key that is switched off opens nothing, nor does one that was deleted', async () => {
    const user = await people.user('key', [allow('*')]);
    const { accessKeyId: AccessKeyId } = user.keys;
    await user.sts.getCallerIdentity({});
    await root.iam.updateAccessKey({ UserName: 'key', AccessKeyId, Status: 'Inactive' });
    await expect(user.sts.getCallerIdentity({})).rejects.toMatchObject({ name: 'InvalidClientTokenId' });
    await root.iam.updateAccessKey({ UserName: 'key', AccessKeyId, Status: 'Active' });
    await user.sts.getCallerIdentity({});
    const forged = people.person({ accessKeyId: AccessKeyId, secretAccessKey: 'forged' });
    await expect(forged.sts.getCallerIdentity({})).rejects.toMatchObject({ name: 'SignatureDoesNotMatch' });
  });
});

describe('policies of resources', () => {
  it('let another account in, with leave of its own', async () => {
    const stranger = await people.user('stranger', [allow('sqs:SendMessage')], neighbour);
    const unable = await people.user('unable', undefined, neighbour);
    const { QueueUrl } = await root.sqs.createQueue({ QueueName: 'letterbox' });
    const send = (who: Person) => who.sqs.sendMessage({ QueueUrl, MessageBody: 'hello' });
    await expect(send(stranger)).rejects.toMatchObject({
      message: expect.stringContaining('because no resource-based policy allows the sqs:SendMessage action'),
    });
    const Policy = documentOf({ ...allow('sqs:SendMessage', queueArn('letterbox')), Principal: { AWS: neighbour } });
    await root.sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } });
    await send(stranger);
    await expect(send(unable)).rejects.toMatchObject({ name: 'AccessDenied' });
  });

  it('shut out even root, which can mend them', async () => {
    const { QueueUrl } = await root.sqs.createQueue({ QueueName: 'locked' });
    const Policy = documentOf({ ...deny('sqs:*', queueArn('locked')), Principal: '*' });
    await root.sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy } });
    await expect(root.sqs.sendMessage({ QueueUrl, MessageBody: 'x' })).rejects.toMatchObject({
      message: expect.stringContaining('with an explicit deny in a resource-based policy'),
    });
    await root.sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy: '' } });
    await root.sqs.sendMessage({ QueueUrl, MessageBody: 'x' });
  });

  it('of tables are read through other accounts', async () => {
    const TableArn = `arn:aws:dynamodb:us-east-1:${account}:table/open`;
    const stranger = await people.user('reader', [allow('dynamodb:GetItem')], neighbour);
    const get = () => stranger.dynamodb.getItem({ TableName: TableArn, Key: { id: { S: '1' } } });
    await expect(get()).rejects.toMatchObject({ name: 'AccessDeniedException' });
    const Policy = documentOf({ ...allow('dynamodb:GetItem', TableArn), Principal: { AWS: neighbour } });
    await root.dynamodb.putResourcePolicy({ ResourceArn: TableArn, Policy });
    expect((await get()).Item).toEqual({ id: { S: '1' } });
    // What their policy allows must not fall upon a table of the same name at home.
    // A Deny that nobody can read would let in whom it denies.
    const misspelt = JSON.stringify({ Statement: { ...deny('*', TableArn), Principle: '*' } });
    await expect(root.dynamodb.putResourcePolicy({ ResourceArn: TableArn, Policy: misspelt })).rejects.toMatchObject({
      name: 'ValidationException',
    });
    const more = documentOf({ ...allow('dynamodb:*', TableArn), Principal: { AWS: neighbour } });
    await root.dynamodb.putResourcePolicy({ ResourceArn: TableArn, Policy: more });
    const deleter = await people.user('deleter', [allow('dynamodb:*', TableArn)], neighbour);
    await expect(deleter.dynamodb.deleteTable({ TableName: TableArn })).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
    });
    await expect(deleter.dynamodb.deleteTable({ TableName: 'open' })).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  it('decide what a topic may send to a queue, and for whom', async () => {
    const neighbours = people.root(neighbour);
    const { TopicArn } = await neighbours.sns.createTopic({ Name: 'news' });
    const { QueueUrl } = await root.sqs.createQueue({ QueueName: 'inbox' });
    const grant = documentOf({ ...allow('sns:Subscribe', TopicArn ?? ''), Principal: { AWS: account } });
    await neighbours.sns.setTopicAttributes({ TopicArn, AttributeName: 'Policy', AttributeValue: grant });
    await root.sns.subscribe({ TopicArn, Protocol: 'sqs', Endpoint: queueArn('inbox') });
    const received = async () => {
      await neighbours.sns.publish({ TopicArn, Message: 'hello' });
      await people.cloud.settle();
      const { Messages = [] } = await root.sqs.receiveMessage({ QueueUrl });
      return Messages.length;
    };
    const open = async (sourceArn: string | undefined) => {
      const Condition = { ArnEquals: { 'aws:SourceArn': sourceArn ?? '' } };
      const statement = {
        ...allow('sqs:SendMessage', queueArn('inbox')),
        Principal: { Service: 'sns.amazonaws.com' },
        Condition,
      };
      await root.sqs.setQueueAttributes({ QueueUrl, Attributes: { Policy: documentOf(statement) } });
    };
    expect(await received()).toBe(0);
    await open('arn:aws:sns:us-east-1:000000000000:another');
    expect(await received()).toBe(0);
    await open(TopicArn);
    expect(await received()).toBe(1);
  });

  it('decide whether replicas come in from another account', async () => {
    const neighbours = people.root(neighbour);
    const Role = `arn:aws:iam::${account}:role/replication`;
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await root.s3.createBucket({ Bucket: 'original' });
    await neighbours.s3.createBucket({ Bucket: 'replica' });
    await root.s3.putBucketVersioning({ Bucket: 'original', VersioningConfiguration });
    await neighbours.s3.putBucketVersioning({ Bucket: 'replica', VersioningConfiguration });
    const Rules = [{ Status: 'Enabled' as const, Prefix: '', Destination: { Bucket: 'arn:aws:s3:::replica' } }];
    await root.s3.putBucketReplication({ Bucket: 'original', ReplicationConfiguration: { Role, Rules } });
    const arrives = async (Key: string) => {
      await root.s3.putObject({ Bucket: 'original', Key, Body: 'x' });
      await people.cloud.settle();
      const { Contents = [] } = await neighbours.s3.listObjectsV2({ Bucket: 'replica', Prefix: Key });
      return Contents.length === 1;
    };
    expect(await arrives('unasked')).toBe(false);
    const statement = { ...allow('s3:ReplicateObject', 'arn:aws:s3:::replica/*'), Principal: { AWS: Role } };
    await neighbours.s3.putBucketPolicy({ Bucket: 'replica', Policy: documentOf(statement) });
    expect(await arrives('asked')).toBe(true);
  });
});
