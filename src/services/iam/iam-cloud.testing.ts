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
  const clients: { destroy(): void }[] = [];
  const configOf = ({ AccessKeyId = 'test', SecretAccessKey = 'test' }: Keys = {}) => ({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey },
  });
  const kept = <Client extends { destroy(): void }>(client: Client): Client => {
    clients.push(client);
    return client;
  };
  return {
    ...cloud,
    iam: (keys) => kept(new IAMClient(configOf(keys))),
    sqs: (keys) => kept(new SQSClient(configOf(keys))),
    async stop() {
      for (const client of clients) client.destroy();
      await cloud.stop();
    },
  };
}

export const allow = (action: string | readonly string[], resource: string | readonly string[] = '*'): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: resource }] });

export const trust = (principal: Readonly<Record<string, string>> = { Service: 'ec2.amazonaws.com' }): string =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
  });
