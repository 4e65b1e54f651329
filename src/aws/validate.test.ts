// Constraint violations, in each service's words.

import { describe, expect, test } from 'vitest';
import { AwsError } from './errors.ts';
import { loadServiceModel, type OperationModel, type ServiceId } from './model.ts';
import { validateInput } from './validate.ts';

function refusal(id: ServiceId, name: string, input: object): string {
  try {
    validateInput(loadServiceModel(id).operation(name) as OperationModel, input);
  } catch (error) {
    if (error instanceof AwsError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return 'taken';
}

describe('the words most services share', () => {
  test('what is missing', () => {
    expect(refusal('ssm', 'GetParameter', {})).toBe(
      "ValidationException: 1 validation error detected: Value null at 'name' failed to satisfy constraint: Member must not be null",
    );
    expect(refusal('iam', 'GetRole', {})).toBe(
      "ValidationError: 1 validation error detected: Value at 'roleName' failed to satisfy constraint: Member must not be null",
    );
    expect(refusal('route53', 'CreateHostedZone', { Name: 'x.' })).toBe(
      "InvalidInput: 1 validation error detected: Value null at 'callerReference' failed to satisfy constraint: Member must not be null",
    );
  });

  test('patterns, lengths, ranges and enums, several at once', () => {
    expect(refusal('logs', 'CreateLogGroup', { logGroupName: '' })).toBe(
      'InvalidParameterException: 2 validation errors detected: ' +
        "Value '' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+; " +
        "Value '' at 'logGroupName' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    expect(
      refusal('lambda', 'UpdateFunctionConfiguration', { FunctionName: 'f', MemorySize: 1, Runtime: 'cobol' }),
    ).toMatch(
      /^ValidationException: 2 validation errors detected: Value '1' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128; Value 'cobol' at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: \[nodejs, .*\]$/,
    );
  });

  test('inside of lists and maps', () => {
    const tags = {
      ResourceType: 'Parameter',
      ResourceId: 'r',
      Tags: [
        { Key: 'a', Value: 'b' },
        { Key: '', Value: 'b' },
      ],
    };
    expect(refusal('ssm', 'AddTagsToResource', tags)).toContain(
      "Value '' at 'tags.2.member.key' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    const Expected = { a: { ComparisonOperator: 'LIKE' } };
    expect(refusal('dynamodb', 'PutItem', { TableName: 'table', Item: {}, Expected })).toContain(
      "Value 'LIKE' at 'expected.a.member.comparisonOperator'",
    );
    expect(refusal('ssm', 'DescribeInstanceInformation', { Filters: [{ Key: 'k', Values: [''] }] })).toBe(
      "ValidationException: 1 validation error detected: Value '[]' at 'filters.1.member.values' failed to satisfy constraint: " +
        'Member must satisfy constraint: [Member must have length greater than or equal to 1]',
    );
    expect(
      refusal('lambda', 'TagResource', { Resource: 'arn:aws:lambda:us-east-1:000000000000:function:f', Tags: {} }),
    ).toBe('taken');
  });

  test('ten at most, and long values cut', () => {
    const keys = Array.from({ length: 30 }, () => ({ Key: '', Value: '' }));
    expect(refusal('ssm', 'AddTagsToResource', { ResourceType: 'Parameter', ResourceId: 'r', Tags: keys })).toMatch(
      /^ValidationException: 10 validation errors/,
    );
    expect(refusal('sts', 'AssumeRole', { RoleArn: 'x'.repeat(5000), RoleSessionName: 'ab' }).length).toBeLessThan(
      2000,
    );
  });

  test('secrets are not shown', () => {
    expect(
      refusal('secretsmanager', 'CreateSecret', { Name: 'n', SecretString: '', ClientRequestToken: 'x'.repeat(32) }),
    ).toContain("Value at 'secretString' failed to satisfy constraint");
  });
});

test('EC2', () => {
  expect(refusal('ec2', 'RunInstances', { MinCount: 1 })).toBe(
    'MissingParameter: The request must contain the parameter MaxCount',
  );
  expect(refusal('ec2', 'RunInstances', { MinCount: 1, MaxCount: 1, InstanceType: 'x9.huge' })).toBe(
    "InvalidParameterValue: Invalid value 'x9.huge' for InstanceType.",
  );
  expect(refusal('ec2', 'CreateTags', { Resources: ['i-1'] })).toBe(
    'MissingParameter: The request must contain the parameter Tag',
  );
  expect(refusal('ec2', 'DescribeVpcs', { MaxResults: 1 })).toBe(
    'InvalidParameterValue: Value ( 1 ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.',
  );
  expect(refusal('ec2', 'DescribeVpcs', { MaxResults: 5 })).toBe('taken');
  for (const name of ['StartInstances', 'StopInstances', 'RebootInstances', 'TerminateInstances']) {
    expect(refusal('ec2', name, {})).toBe('InvalidParameterCombination: No instances specified');
  }
  expect(refusal('ec2', 'MonitorInstances', {})).toBe(
    'MissingParameter: The request must contain the parameter InstanceId',
  );
  expect(refusal('ec2', 'CreateTags', { Tags: [] })).toBe(
    'MissingParameter: The request must contain the parameter resourceIdSet',
  );
  expect(refusal('ec2', 'DescribeInstanceTypes', { InstanceTypes: ['x9.huge', 't3.micro', 'y1.tiny'] })).toBe(
    'InvalidInstanceType: The following supplied instance types do not exist: [x9.huge, y1.tiny]',
  );
  expect(refusal('ec2', 'DescribeInstanceAttribute', { InstanceId: 'i-1', Attribute: 'colour' })).toBe(
    'InvalidParameterValue: Value (colour) for parameter attribute is invalid. Unknown attribute.',
  );
  // The model has two of the six names.
  expect(refusal('ec2', 'DescribeAccountAttributes', { AttributeNames: ['max-elastic-ips'] })).toBe('taken');
});

test('S3', () => {
  expect(refusal('s3', 'PutObjectAcl', { Bucket: 'b', Key: 'k', ACL: 'everyone' })).toBe('InvalidArgument: ');
  // The model has four of the eight names.
  expect(refusal('s3', 'PutBucketAcl', { Bucket: 'b', ACL: 'log-delivery-write' })).toBe('taken');
  expect(refusal('s3', 'DeleteObjects', { Bucket: 'b' })).toBe('MissingRequestBodyError: Request Body is empty');
  expect(refusal('s3', 'PutBucketVersioning', { Bucket: 'b', VersioningConfiguration: { Status: 'On' } })).toMatch(
    /^MalformedXML: /,
  );
  expect(refusal('s3', 'PutObject', { Bucket: 'b', Key: 'k', StorageClass: 'FLOPPY' })).toMatch(
    /^InvalidStorageClass: /,
  );
  expect(
    refusal('s3', 'CreateBucket', { Bucket: 'b', CreateBucketConfiguration: { LocationConstraint: 'moon-1' } }),
  ).toBe('taken');
});

test('SQS, SNS, CloudWatch, IAM', () => {
  expect(refusal('sqs', 'SendMessage', { QueueUrl: 'q' })).toBe(
    'MissingParameter: The request must contain the parameter MessageBody.',
  );
  expect(refusal('sqs', 'GetQueueAttributes', { QueueUrl: 'q', AttributeNames: ['Colour'] })).toBe('taken');
  expect(refusal('sns', 'Subscribe', { Protocol: 'sqs' })).toBe(
    'InvalidParameter: Invalid parameter: TopicArn Reason: no value for required parameter',
  );
  expect(
    refusal('cloudwatch', 'PutMetricAlarm', { EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' }),
  ).toBe('MissingParameter: The parameter AlarmName is required.');
  expect(refusal('iam', 'CreateUser', { UserName: 'a b' })).toBe(
    'ValidationError: The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-',
  );
});
