// What users usually give, where a model says no more than "a string": without it, random requests are nearly always
// refused at the door. And what exists from the start, so that there is something to be asked for.

import { AwsError } from '../../src/aws/errors.ts';
import type { ServiceId } from '../../src/aws/model.ts';
import { rootPrincipal } from '../../src/aws/principal.ts';
import { streamOf } from '../../src/aws/protocols/protocol.ts';
import { listImages } from '../../src/services/ec2/images.ts';
import type { TestCloud } from './test-cloud.ts';
import type { Usual } from './valid-input.ts';

const policy = (statement: object): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', ...statement } });

const identityPolicy = policy({ Action: ['s3:Get*', 'sqs:*'], Resource: '*' });
const bucketPolicy = policy({ Principal: '*', Action: 's3:GetObject', Resource: 'arn:aws:s3:::bucket-1/*' });
const trustPolicy = policy({ Principal: { AWS: 'arn:aws:iam::000000000000:root' }, Action: 'sts:AssumeRole' });

const scope = { account: '000000000000', region: 'us-east-1' };

export const usual: Usual = {
  // EC2
  AvailabilityZone: ['us-east-1a', 'us-east-1b'],
  CidrBlock: ['10.0.0.0/16', '10.0.1.0/24', '172.31.128.0/20', '10.1.0.0/28'],
  CidrIp: ['0.0.0.0/0', '10.0.0.0/8', '1.2.3.4/32'],
  DestinationCidrBlock: ['0.0.0.0/0', '10.9.0.0/16'],
  Filters: ['vpc-id', 'tag:Name', 'instance-id', 'state'],
  FromPort: [22, 80],
  ImageId: listImages(scope.region)
    .slice(0, 2)
    .map(({ imageId }) => imageId),
  InstanceType: ['t3.micro', 't2.micro', 'm5.large'],
  IpProtocol: ['tcp', 'udp', 'icmp', '-1'],
  MaxCount: [1, 2],
  MinCount: [1],
  ToPort: [22, 443],
  DryRun: [false],
  NoDryRun: [false],
  KeyType: ['ed25519', 'HASH'],
  PublicKeyMaterial: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJVqBcQ1dFqLqKCsIgmyhQ3hZdkXbkTqLh8X0iSgLwOb me'],
  Name: ['vpc-id', 'tag:Name', 'instance-id', 'instance-state-name', '/a/b'],
  // SSM
  Type: ['String', 'StringList', 'SecureString'],
  Path: ['/', '/a'],
  Overwrite: [true],
  // S3, SQS, SNS
  Bucket: ['bucket-1'],
  Key: ['key-1', 'folder/key-2'],
  CopySource: ['bucket-1/key-1'],
  QueueName: ['queue-1'],
  Protocol: ['sqs', 'http'],
  // DynamoDB
  TableName: ['table-1'],
  AttributeName: ['id'],
  KeyKey: ['id'],
  ItemKey: ['id', 'other'],
  RequestItemsKey: ['table-1'],
  ExpressionAttributeNamesKey: ['#n'],
  ExpressionAttributeNamesValue: ['id', 'other'],
  ExpressionAttributeValuesKey: [':v'],
  KeyConditionExpression: ['id = :v', '#n = :v'],
  ConditionExpression: ['attribute_exists(id)', '#n = :v', 'size(#n) > :v'],
  FilterExpression: ['contains(#n, :v)', 'other <> :v'],
  ProjectionExpression: ['id', '#n, other[0].a'],
  UpdateExpression: ['SET #n = :v', 'SET other = if_not_exists(#n, :v) REMOVE #n', 'ADD other :v', 'DELETE other :v'],
  ResourceArn: ['arn:aws:dynamodb:us-east-1:000000000000:table/table-1'],
  // IAM, STS
  UserName: ['user-1'],
  RoleName: ['role-1'],
  GroupName: ['group-1'],
  PolicyName: ['policy-1'],
  InstanceProfileName: ['profile-1'],
  PolicyArn: ['arn:aws:iam::000000000000:policy/policy-1', 'arn:aws:iam::aws:policy/ReadOnlyAccess'],
  PermissionsBoundary: ['arn:aws:iam::aws:policy/ReadOnlyAccess'],
  RoleArn: ['arn:aws:iam::000000000000:role/role-1'],
  PolicySourceArn: ['arn:aws:iam::000000000000:user/user-1', 'arn:aws:iam::000000000000:role/role-1'],
  PolicyDocument: [identityPolicy],
  PolicyInputList: [identityPolicy],
  AssumeRolePolicyDocument: [trustPolicy],
  Policy: [identityPolicy, bucketPolicy],
  ActionNames: ['s3:GetObject', 'sqs:SendMessage'],
  ResourceArns: ['arn:aws:s3:::bucket-1/key-1'],
  // Organizations, Service Quotas, CloudTrail
  Content: [identityPolicy],
  FeatureSet: ['ALL'],
  ServiceCode: ['s3', 'iam', 'dynamodb', 'ec2'],
  QuotaCode: ['L-DC2B2D3D', 'L-F98FE922', 'L-0DA4ABF3', 'L-FE5A380F'],
  DesiredValue: [200, 2000],
  AttributeKey: ['EventName', 'Username', 'ReadOnly'],
  AttributeValue: ['RunInstances', 'user-1', 'true'],
};

export const oftenGiven: ReadonlySet<string> = new Set([
  'AvailabilityZone',
  'CidrBlock',
  'CidrIp',
  'DestinationCidrBlock',
  'FromPort',
  'GatewayId',
  'GroupId',
  'ImageId',
  'InstanceIds',
  'InstanceType',
  'IpPermissions',
  'IpProtocol',
  'IpRanges',
  'KeyType',
  'Tags',
  'ToPort',
  'Type',
  'VpcId',
]);

/** Makes one of everything, of the services that are built. */
export async function furnish({ cloud, settle }: TestCloud): Promise<void> {
  const has = (id: ServiceId, name: string) => {
    const service = cloud.services.find((built) => built.id === id);
    return service && (service.operations[name] ?? service.asyncOperations?.[name]);
  };
  for (const [id, name, input] of furniture) {
    if (!has(id, name)) continue;
    const client = cloud.client(id, scope, rootPrincipal(scope.account)) as unknown as Client;
    // What is there already stays.
    await settle((client[name] as Client[string])(input)).catch((error: unknown) => {
      if (!(error instanceof AwsError) || error.statusCode >= 500) throw error;
    });
  }
}

type Client = Readonly<Record<string, (input: unknown) => Promise<unknown>>>;

const furniture: readonly (readonly [ServiceId, string, unknown])[] = [
  ['ec2', 'RunInstances', { ImageId: usual['ImageId']?.[0], MinCount: 3, MaxCount: 3, InstanceType: 't3.micro' }],
  ['ec2', 'CreateSecurityGroup', { GroupName: 'group-1', Description: 'for tests' }],
  ['ec2', 'CreateVpc', { CidrBlock: '10.0.0.0/16' }],
  ['ssm', 'PutParameter', { Name: '/a/b', Value: 'value', Type: 'String' }],
  [
    'dynamodb',
    'CreateTable',
    {
      TableName: 'table-1',
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
    },
  ],
  ['s3', 'CreateBucket', { Bucket: 'bucket-1' }],
  ['s3', 'PutObject', { Bucket: 'bucket-1', Key: 'key-1', Body: streamOf(Buffer.from('body')) }],
  ['sqs', 'CreateQueue', { QueueName: 'queue-1' }],
  ['sns', 'CreateTopic', { Name: 'topic-1' }],
  ['iam', 'CreateUser', { UserName: 'user-1' }],
  ['iam', 'CreateAccessKey', { UserName: 'user-1' }],
  ['iam', 'CreateGroup', { GroupName: 'group-1' }],
  ['iam', 'CreateRole', { RoleName: 'role-1', AssumeRolePolicyDocument: trustPolicy }],
  ['iam', 'CreatePolicy', { PolicyName: 'policy-1', PolicyDocument: identityPolicy }],
  ['iam', 'CreateInstanceProfile', { InstanceProfileName: 'profile-1' }],
  ['organizations', 'CreateOrganization', { FeatureSet: 'ALL' }],
  ['organizations', 'CreateAccount', { AccountName: 'account-1', Email: 'one@example.com' }],
];
