// A cloud in memory with IAM, STS and SQS over HTTP, and the official clients for it.

import { IAMClient } from '@aws-sdk/client-iam';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startTestCloud, type TestCloud } from '../s3/cloud.testing.ts';
import { sqs } from '../sqs/sqs.ts';
import { sts } from '../sts/sts.ts';
import { iam } from './iam.ts';

export interface Keys {
  readonly AccessKeyId?: string | undefined;
  readonly SecretAccessKey?: string | undefined;
}

export interface IamCloud extends TestCloud {
  /** Of the account's root unless keys are given. */
  iam(keys?: Keys): IAMClient;
  sqs(keys?: Keys): SQSClient;
}

export async function startIamCloud(): Promise<IamCloud> {
  const cloud = await startTestCloud([iam, sts, sqs]);
  const configOf = ({ AccessKeyId = 'test', SecretAccessKey = 'test' }: Keys = {}) => ({
    ...cloud.clientOptions(),
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
  });
  return {
    ...cloud,
    iam: (keys) => cloud.keep(new IAMClient(configOf(keys))),
    sqs: (keys) => cloud.keep(new SQSClient(configOf(keys))),
  };
}

export const allow = (action: string | readonly string[], resource: string | readonly string[] = '*'): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] });

export const trust = (principal: Readonly<Record<string, string>> = { Service: 'ec2.amazonaws.com' }): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  });
