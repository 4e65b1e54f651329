// Every combination of what a principal's own policies, its boundary, its session policy and a queue's policy say, in the
// queue's account and in another, asked of a whole cloud by AWS's own clients. What AWS documents is written down in
// `documented`, from the pages it names, and shares nothing with the evaluator.

import { IAMClient } from '@aws-sdk/client-iam';
import { CreateQueueCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { STSClient } from '@aws-sdk/client-sts';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { iam } from '../../src/services/iam/iam.ts';
import { startTestCloud, type TestCloud } from '../../src/services/s3/cloud.testing.ts';
import { sqs } from '../../src/services/sqs/sqs.ts';
import { sts } from '../../src/services/sts/sts.ts';
import { createAdmin, createParties, type Party } from './parties.ts';

const home = '111122223333';
const abroad = '444455556666';

/** Whom a queue's policy lets in: nobody, the account, each role, each user and session by itself; or it denies all. */
type Grant = 'none' | 'account' | 'role' | 'self' | 'denies';
const grants: readonly Grant[] = ['none', 'account', 'role', 'self', 'denies'];

interface Queue {
  readonly url: string;
  readonly account: string;
  readonly grant: Grant;
}

let cloud: TestCloud;
let parties: readonly Party[];
const queues: Queue[] = [];
const clients: { destroy(): void }[] = [];

const configure = (keys: Party['keys']) => ({
  endpoint: cloud.endpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: keys,
});

function kept<Client extends { destroy(): void }>(client: Client): Client {
  clients.push(client);
  return client;
}

beforeAll(async () => {
  cloud = await startTestCloud([iam, sts, sqs]);
  const root = (account: string) => configure({ accessKeyId: account, secretAccessKey: 'test' });
  const iamClient = kept(new IAMClient(root(home)));
  const admin = await createAdmin(iamClient);
  const stsClient = kept(new STSClient(configure(admin)));
  parties = await createParties({ iam: iamClient, sts: stsClient, account: home });
  for (const account of [home, abroad]) {
    const owner = kept(new SQSClient(root(account)));
    for (const grant of grants) {
      const policy = queuePolicy(grant, `arn:aws:sqs:us-east-1:${account}:queue-${grant}`);
      const { QueueUrl = '' } = await owner.send(
        new CreateQueueCommand({ QueueName: `queue-${grant}`, ...(policy && { Attributes: { Policy: policy } }) }),
      );
      queues.push({ url: QueueUrl, account, grant });
    }
  }
});

afterAll(async () => {
  for (const client of clients) client.destroy();
  await cloud?.stop();
});

function queuePolicy(grant: Grant, arn: string): string | undefined {
  const roles = [...new Set(parties.flatMap(({ roleArn }) => roleArn ?? []))];
  const named: Readonly<Record<Exclude<Grant, 'none'>, readonly string[] | '*'>> = {
    account: [`arn:aws:iam::${home}:root`],
    role: roles,
    self: parties.map((party) => party.arn),
    denies: '*',
  };
  if (grant === 'none') return undefined;
  const Principal = named[grant] === '*' ? '*' : { AWS: named[grant] };
  const Effect = grant === 'denies' ? 'Deny' : 'Allow';
  const statement = { Effect, Principal, Action: 'sqs:SendMessage', Resource: arn };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

interface Documented {
  readonly isAllowed: boolean;
  /** The end of the message, where AWS documents one. */
  readonly reason?: RegExp;
}

const denied = (reason: RegExp): Documented => ({ isAllowed: false, reason });
const allowed: Documented = { isAllowed: true };

/**
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html and
 * …/reference_policies_evaluation-logic-cross-account.html
 */
function documented(party: Party, { account, grant }: Queue): Documented {
  const { identity, boundary, session, kind } = party;
  // An explicit deny in any of the policies overrides the allows.
  if (grant === 'denies') return denied(/with an explicit deny in a resource-based policy/);
  if (identity === 'denies') return denied(/with an explicit deny in an identity-based policy/);
  if (boundary === 'denies') return denied(/with an explicit deny in a permissions boundary/);
  if (session === 'denies') return denied(/with an explicit deny in a session policy/);
  const isNamed = grant === 'self' || (grant === 'role' && kind === 'session') || grant === 'account';
  const passesLimits = boundary !== 'silent' && session !== 'silent';
  if (account !== home) {
    // Another account's resource: both accounts must allow.
    if (!isNamed) return denied(/because no resource-based policy allows/);
    if (identity !== 'allows') return denied(/because no identity-based policy allows/);
    return passesLimits ? allowed : denied(/because no (permissions boundary|session policy) allows/);
  }
  // A policy that names the user or the session by itself is not limited by implicit denies.
  if (grant === 'self') return allowed;
  // One that names the role grants, within the boundary and the session policy.
  const isGranted = grant === 'role' && kind === 'session';
  // One that names the account leaves it to the account's own policies.
  if (!isGranted && identity !== 'allows') return denied(/because no identity-based policy allows/);
  return passesLimits ? allowed : denied(/because no (permissions boundary|session policy) allows/);
}

it('judges every combination of policy types as AWS documents it', async () => {
  let asked = 0;
  const wrong: string[] = [];
  for (const party of parties) {
    const client = kept(new SQSClient(configure(party.keys)));
    for (const queue of queues) {
      asked += 1;
      const { isAllowed, reason } = documented(party, queue);
      const outcome = await client.send(new SendMessageCommand({ QueueUrl: queue.url, MessageBody: 'x' })).then(
        () => 'allowed',
        (error: Error) => `${error.name}: ${error.message}`,
      );
      const isAsDocumented = isAllowed
        ? outcome === 'allowed'
        : /^AccessDenied/.test(outcome) && (reason?.test(outcome) ?? true);
      if (!isAsDocumented)
        wrong.push(`${party.name} to ${queue.grant} of ${queue.account}: ${outcome}, not ${reason ?? 'allowed'}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(asked).toBe(600);
});
