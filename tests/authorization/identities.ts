// A cloud of all services in memory that answers over HTTP, and people in it: users with keys of their own, and whoever
// they become. Everything goes through AWS's clients and the real gateway.

import { DynamoDB } from '@aws-sdk/client-dynamodb';
import { EC2 } from '@aws-sdk/client-ec2';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { SNS } from '@aws-sdk/client-sns';
import { SQS } from '@aws-sdk/client-sqs';
import { SSM } from '@aws-sdk/client-ssm';
import { type Credentials, STS } from '@aws-sdk/client-sts';
import type { Web } from '../../src/drivers/web/web.ts';
import { services } from '../../src/main.ts';
import { type MessagingCloud, startMessagingCloud } from '../../src/services/sqs/cloud.testing.ts';

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** All clients with one set of keys. */
export interface Person {
  readonly keys: Keys;
  readonly iam: IAM;
  readonly sts: STS;
  readonly s3: S3;
  readonly sqs: SQS;
  readonly sns: SNS;
  readonly ssm: SSM;
  readonly ec2: EC2;
  readonly dynamodb: DynamoDB;
}

export interface People extends Pick<MessagingCloud, 'cloud' | 'store' | 'endpoint' | 'now' | 'advance'> {
  /** The root user of an account. */
  root(account?: string): Person;
  /** `aheadMs`: how far the client's clock is ahead. */
  person(keys: Keys, aheadMs?: number): Person;
  /** A new user of the account with that policy, or none. */
  user(name: string, policy?: Policy, account?: string): Promise<Person>;
  /** With the keys that STS gave out. */
  session(credentials: Credentials | undefined, aheadMs?: number): Person;
  stop(): Promise<void>;
}

export const account = '000000000000';
export const neighbour = '111122223333';

export interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource?: string | readonly string[];
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

export type Policy = readonly Statement[];

export const documentOf = (...statements: Policy): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });

export const allow = (Action: string | readonly string[], Resource: string | readonly string[] = '*'): Statement => ({
  Effect: 'Allow',
  Action,
  Resource,
});

export const deny = (Action: string | readonly string[], Resource: string | readonly string[] = '*'): Statement => ({
  Effect: 'Deny',
  Action,
  Resource,
});

export async function startPeople(web?: Web): Promise<People> {
  const cloud = await startMessagingCloud(services, web);
  const { keep } = cloud;
  const person = (keys: Keys, systemClockOffset = 0): Person => {
    const common = { ...cloud.clientOptions(), credentials: keys, systemClockOffset };
    return {
      keys,
      iam: keep(new IAM(common)),
      sts: keep(new STS(common)),
      s3: keep(new S3({ ...common, forcePathStyle: true })),
      sqs: keep(new SQS(common)),
      sns: keep(new SNS(common)),
      ssm: keep(new SSM(common)),
      ec2: keep(new EC2(common)),
      dynamodb: keep(new DynamoDB(common)),
    };
  };
  const root = (of = account): Person => person({ accessKeyId: of, secretAccessKey: 'test' });
  return {
    cloud: cloud.cloud,
    store: cloud.store,
    endpoint: cloud.endpoint,
    now: cloud.now,
    advance: cloud.advance,
    root,
    person,
    session: (credentials, aheadMs) =>
      person(
        {
          accessKeyId: credentials?.AccessKeyId ?? '',
          secretAccessKey: credentials?.SecretAccessKey ?? '',
          sessionToken: credentials?.SessionToken ?? '',
        },
        aheadMs,
      ),
    async user(UserName, policy, of = account) {
      const { iam } = root(of);
      await iam.createUser({ UserName });
      if (policy) await iam.putUserPolicy({ UserName, PolicyName: 'own', PolicyDocument: documentOf(...policy) });
      const { AccessKey } = await iam.createAccessKey({ UserName });
      return person({
        accessKeyId: AccessKey?.AccessKeyId ?? '',
        secretAccessKey: AccessKey?.SecretAccessKey ?? '',
      });
    },
    stop: cloud.stop,
  };
}
