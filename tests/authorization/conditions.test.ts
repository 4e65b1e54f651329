// Every operator of conditions, with values that are there, that are not, and that are many: the tables of the evaluator,
// asked of a whole cloud. What the tables call `test:Key` is a tag of the user who asks, or the keys of the tags it asks
// to put on a queue.

import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  IAMClient,
  PutUserPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
} from '@aws-sdk/client-iam';
import { CreateQueueCommand, SQSClient, TagQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ConditionRow, conditionRows } from '../../src/aws/policies/condition-cases.testing.ts';
import { iam } from '../../src/services/iam/iam.ts';
import { startTestCloud, type TestCloud } from '../../src/services/s3/cloud.testing.ts';
import { sqs } from '../../src/services/sqs/sqs.ts';

const account = '111122223333';
const UserName = 'alice';

let cloud: TestCloud;
let asRoot: IAMClient;
let asAlice: SQSClient;
let QueueUrl = '';

const configure = (accessKeyId: string, secretAccessKey: string) => ({
  endpoint: cloud.endpoint,
  region: 'us-east-1',
  maxAttempts: 1,
  credentials: { accessKeyId, secretAccessKey },
});

beforeAll(async () => {
  cloud = await startTestCloud([iam, sqs]);
  asRoot = new IAMClient(configure(account, 'test'));
  const owner = new SQSClient(configure(account, 'test'));
  QueueUrl = (await owner.send(new CreateQueueCommand({ QueueName: 'queue' }))).QueueUrl ?? '';
  owner.destroy();
  await asRoot.send(new CreateUserCommand({ UserName, Tags: [{ Key: 'team', Value: 'yellow' }] }));
  const { AccessKey } = await asRoot.send(new CreateAccessKeyCommand({ UserName }));
  asAlice = new SQSClient(configure(AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? ''));
});

afterAll(async () => {
  asRoot?.destroy();
  asAlice?.destroy();
  await cloud?.stop();
});

/** What may stand in a tag's key or value. */
const isTaggable = (text: string): boolean => /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u.test(text) && text.length <= 128;

/** Which condition key can be given the row's values by a real request; undefined when none can. */
function keyFor({ operator, actual, wanted }: ConditionRow): 'aws:TagKeys' | 'aws:PrincipalTag/key' | undefined {
  const ofOtherUsers = /\$\{aws:userid|PrincipalTag\/star/i.test(JSON.stringify(wanted));
  if (ofOtherUsers || !(actual ?? []).every(isTaggable)) return undefined;
  const isSet = operator.startsWith('For') || (actual?.length ?? 0) > 1;
  if (!isSet) return actual?.length === 0 ? undefined : 'aws:PrincipalTag/key';
  // A request to tag has tags, each once and with a key.
  const canBeTags = actual && actual.length > 0 && actual.every((text) => text.length > 0 && !/^aws:/i.test(text));
  return canBeTags && new Set(actual).size === actual.length ? 'aws:TagKeys' : undefined;
}

async function setTag(actual: readonly string[] | undefined): Promise<void> {
  if (actual === undefined) await asRoot.send(new UntagUserCommand({ UserName, TagKeys: ['key'] }));
  else await asRoot.send(new TagUserCommand({ UserName, Tags: [{ Key: 'key', Value: actual[0] ?? '' }] }));
}

/** False: IAM does not take such a document. */
async function setPolicies(row: ConditionRow, key: string, effect: 'Allow' | 'Deny'): Promise<boolean> {
  const statement = {
    Effect: effect,
    Action: 'sqs:TagQueue',
    Resource: '*',
    Condition: { [row.operator]: { [key]: row.wanted } },
  };
  const everything = {
    Effect: effect === 'Deny' ? 'Allow' : 'Deny',
    Action: effect === 'Deny' ? '*' : 'iam:*',
    Resource: '*',
  };
  const document = (of: object) => JSON.stringify({ Version: row.version ?? '2012-10-17', Statement: [of] });
  try {
    await asRoot.send(new PutUserPolicyCommand({ UserName, PolicyName: 'row', PolicyDocument: document(statement) }));
  } catch (error) {
    if ((error as Error).name !== 'MalformedPolicyDocumentException') throw error;
    return false;
  }
  await asRoot.send(new PutUserPolicyCommand({ UserName, PolicyName: 'rest', PolicyDocument: document(everything) }));
  return true;
}

it('holds or does not hold as AWS documents it, to allow and to deny', async () => {
  let asked = 0;
  const wrong: string[] = [];
  const operators = new Set<string>();
  for (const row of conditionRows) {
    const key = keyFor(row);
    if (!key) continue;
    await setTag(key === 'aws:TagKeys' ? undefined : row.actual);
    const names = key === 'aws:TagKeys' ? (row.actual ?? []) : ['one', 'two'];
    const Tags = Object.fromEntries(names.map((name) => [name, 'x']));
    for (const effect of ['Allow', 'Deny'] as const) {
      if (!(await setPolicies(row, key, effect))) continue;
      asked += 1;
      operators.add(row.operator);
      const outcome = await asAlice.send(new TagQueueCommand({ QueueUrl, Tags })).then(
        () => 'allowed',
        ({ name, message }: Error) => `${name}: ${message}`,
      );
      const expected =
        row.holds === (effect === 'Allow')
          ? /^allowed$/
          : effect === 'Allow'
            ? /^AccessDenied.* because no identity/
            : /^AccessDenied.* with an explicit deny/;
      if (!expected.test(outcome)) wrong.push(`${effect} ${JSON.stringify(row)} of ${key}: ${outcome}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(asked).toBeGreaterThan(300);
  expect(operators.size).toBeGreaterThan(40);
});
