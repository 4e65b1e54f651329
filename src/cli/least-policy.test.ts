import { describe, expect, it } from 'vitest';
import { leastPolicy } from './least-policy.ts';

const object = (key: string, action = 's3:GetObject') => ({ action, resource: `arn:aws:s3:::photos/${key}` });

describe('the least policy', () => {
  it('names what was done, each once, in one statement where the resources are the same', () => {
    const queue = 'arn:aws:sqs:us-east-1:000000000000:jobs';
    const uses = [
      { action: 'sqs:SendMessage', resource: queue },
      { action: 'sqs:DeleteMessage', resource: queue },
      object('cat.jpg'),
      object('cat.jpg'),
      { action: 'ec2:DescribeInstances', resource: '*' },
    ];
    expect(leastPolicy(uses, false).Statement).toEqual([
      { Effect: 'Allow', Action: ['ec2:DescribeInstances'], Resource: ['*'] },
      { Effect: 'Allow', Action: ['s3:GetObject'], Resource: ['arn:aws:s3:::photos/cat.jpg'] },
      { Effect: 'Allow', Action: ['sqs:DeleteMessage', 'sqs:SendMessage'], Resource: [queue] },
    ]);
  });

  it('tells many objects by what their keys have in common, and never reaches into another bucket', () => {
    const uses = Array.from({ length: 30 }, (_, i) => object(`2026/11/${i}.jpg`));
    expect(leastPolicy(uses, false).Statement[0]?.Resource).toEqual(['arn:aws:s3:::photos/2026/11/*']);
    expect(leastPolicy(uses, true).Statement[0]?.Resource).toHaveLength(30);
    const scattered = Array.from({ length: 30 }, (_, i) => object(`${i}.jpg`));
    expect(leastPolicy(scattered, false).Statement[0]?.Resource).toEqual(['arn:aws:s3:::photos/*']);
  });

  it('keeps apart what only begins alike', () => {
    const topics = Array.from({ length: 12 }, (_, i) => ({
      action: 'sns:Publish',
      resource: `arn:aws:sns:${i % 2 ? 'eu-west-1' : 'us-east-1'}:000000000000:topic-${i}`,
    }));
    expect(leastPolicy(topics, false).Statement[0]?.Resource).toHaveLength(12);
  });
});
