// SNS: a message is published to a topic and arrives in ten queues. Arriving counts: a round ends when the last queue has
// all of its messages. With AWS's envelope, which is signed, and with the message as it is.

import { type Contender, compareDurability, compete, createdCloud, oursOf, startedPeers } from './contest.ts';
import { load } from './load.ts';
import { startBareServer, startFauxqs, startLocalStack, startMoto } from './peers.ts';
import type { Benchmark } from './report.ts';
import { call, jsonRequest, queryRequest } from './requests.ts';

const connections = 16;
const queuesOfTopic = 10;
const message = 'An order was placed: '.padEnd(200, 'x');

interface Topic {
  readonly name: string;
  readonly what: string;
  readonly isRaw: boolean;
}

const topics: readonly Topic[] = [
  { name: 'enveloped', what: 'Publish to ten queues', isRaw: false },
  { name: 'raw', what: 'Publish to ten queues, raw', isRaw: true },
];

export const benchmark: Benchmark = {
  name: 'SNS',
  async *run() {
    const clouds = [await createdCloud(), await createdCloud(['--durability', 'relaxed'])] as const;
    const prepare = async ({ port }: { readonly port: number }) => {
      for (const topic of topics) await createTopic(port, topic);
    };
    const peers = await startedPeers([startMoto, startLocalStack, startFauxqs], prepare);
    try {
      const [ours, relaxed] = clouds.map(oursOf) as [Contender, Contender];
      for (const cloud of [ours, relaxed]) await prepare(cloud);
      for (const topic of topics) {
        const contest = contestOf(topic);
        const answer = await call(ours.port, await publishRequest(ours.port, topic));
        const bare = await startBareServer(answer);
        try {
          yield await compete(contest, [ours, bare, ...peers]);
        } finally {
          await bare.close();
        }
        yield* await compareDurability(contest, ours, relaxed);
      }
    } finally {
      for (const cloud of clouds) await cloud.dispose();
      for (const peer of peers) await peer.close();
    }
  },
};

function contestOf(topic: Topic) {
  return {
    what: topic.what,
    requests: 1_500,
    async run(contender: Contender, requests: number) {
      const { port, pid, kind } = contender;
      const request = kind === 'bare' ? queryRequest(port, 'sns', publication('')) : await publishRequest(port, topic);
      if (kind === 'bare') return load({ port, pid, request, connections, requests });
      const wanted = (await visible(port, topic)) + requests;
      const afterwards = async () => {
        while ((await visible(port, topic)) < wanted) await new Promise((resolve) => setTimeout(resolve, 20));
      };
      return load({ port, pid, request, connections, requests, afterwards });
    },
  };
}

const publication = (TopicArn: string) => ({
  Action: 'Publish',
  Version: '2010-03-31',
  TopicArn,
  Message: message,
});

const publishRequest = async (port: number, topic: Topic): Promise<Buffer> =>
  queryRequest(port, 'sns', publication(await topicArn(port, topic)));

/** Makes it where it is not. */
async function topicArn(port: number, { name }: Topic): Promise<string> {
  const request = queryRequest(port, 'sns', { Action: 'CreateTopic', Version: '2010-03-31', Name: name });
  return /<TopicArn>([^<]+)</.exec(await call(port, request))?.[1] ?? '';
}

const sqs = (port: number, action: string, input: unknown): Promise<string> =>
  call(port, jsonRequest(port, 'sqs', `AmazonSQS.${action}`, input));

const queueUrls = new Map<string, string>();

async function createTopic(port: number, topic: Topic): Promise<void> {
  const TopicArn = await topicArn(port, topic);
  for (let index = 0; index < queuesOfTopic; index++) {
    const created = await sqs(port, 'CreateQueue', { QueueName: `${topic.name}-${index}` });
    const { QueueUrl } = JSON.parse(created) as { QueueUrl: string };
    queueUrls.set(`${port} ${topic.name}`, QueueUrl);
    const described = await sqs(port, 'GetQueueAttributes', { QueueUrl, AttributeNames: ['QueueArn'] });
    const { Attributes } = JSON.parse(described) as { Attributes: { QueueArn: string } };
    await call(port, queryRequest(port, 'sns', subscription(TopicArn, Attributes.QueueArn, topic)));
  }
}

const subscription = (TopicArn: string, Endpoint: string, { isRaw }: Topic) => ({
  Action: 'Subscribe',
  Version: '2010-03-31',
  TopicArn,
  Endpoint,
  Protocol: 'sqs',
  'Attributes.entry.1.key': 'RawMessageDelivery',
  'Attributes.entry.1.value': String(isRaw),
});

/** How many messages the last queue has. */
async function visible(port: number, { name }: Topic): Promise<number> {
  const QueueUrl = queueUrls.get(`${port} ${name}`);
  const AttributeNames = ['ApproximateNumberOfMessages'];
  const described = JSON.parse(await sqs(port, 'GetQueueAttributes', { QueueUrl, AttributeNames })) as {
    Attributes: { ApproximateNumberOfMessages: string };
  };
  return Number(described.Attributes.ApproximateNumberOfMessages);
}
