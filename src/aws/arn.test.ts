import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatArn, parseArn, partitionOf } from './arn.ts';

describe('arn', () => {
  it.each([
    [
      'arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0',
      {
        partition: 'aws',
        service: 'ec2',
        region: 'us-east-1',
        account: '123456789012',
        resource: 'instance/i-0123456789abcdef0',
      },
    ],
    [
      'arn:aws:iam::123456789012:role/path/to/name',
      { partition: 'aws', service: 'iam', region: '', account: '123456789012', resource: 'role/path/to/name' },
    ],
    [
      'arn:aws:s3:::bucket/key:with:colons',
      { partition: 'aws', service: 's3', region: '', account: '', resource: 'bucket/key:with:colons' },
    ],
    [
      'arn:aws:iam::aws:policy/AdministratorAccess',
      { partition: 'aws', service: 'iam', region: '', account: 'aws', resource: 'policy/AdministratorAccess' },
    ],
    [
      'arn:aws-cn:sns:cn-north-1:123456789012:topic:id',
      { partition: 'aws-cn', service: 'sns', region: 'cn-north-1', account: '123456789012', resource: 'topic:id' },
    ],
  ])('%s is read and written', (text, arn) => {
    expect(parseArn(text)).toEqual(arn);
    expect(formatArn(arn)).toBe(text);
  });

  it.each([
    '',
    'arn',
    'arn:aws:ec2',
    'arn:aws:ec2:us-east-1:123456789012',
    'arn:aws:ec2:us-east-1:123456789012:',
    'urn:aws:ec2:::x',
    'arn::ec2:::x',
    'arn:aws::::x',
  ])('%j is none', (text) => expect(parseArn(text)).toBeUndefined());

  it('takes the partition of the region', () => {
    expect(formatArn({ service: 'ec2', region: 'us-gov-west-1', account: '123456789012', resource: 'vpc/vpc-1' })).toBe(
      'arn:aws-us-gov:ec2:us-gov-west-1:123456789012:vpc/vpc-1',
    );
    expect(['us-east-1', 'cn-northwest-1', 'us-iso-east-1', ''].map(partitionOf)).toEqual([
      'aws',
      'aws-cn',
      'aws-iso',
      'aws',
    ]);
  });

  it('reads back whatever resource is written', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (resource) => {
        const arn = { partition: 'aws', service: 'sqs', region: 'eu-west-1', account: '123456789012', resource };
        expect(parseArn(formatArn(arn))).toEqual(arn);
      }),
    );
  });
});
