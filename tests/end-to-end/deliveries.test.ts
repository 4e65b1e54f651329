// A topic's deliveries outlive the process: an endpoint that failed before a kill gets its message after it.

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { SNS } from '@aws-sdk/client-sns';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudProcess, createCloudProcess, eventually } from './cloud-process.ts';

describe('deliveries', () => {
  const posted: { readonly type: string; readonly text: string }[] = [];
  let takes = true;
  let cloud: CloudProcess;
  let server: Server;
  let sns: SNS;

  const connections = () => promisify(server.getConnections.bind(server))();

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const message = JSON.parse(body) as { readonly Type: string; readonly Message: string; SubscribeURL?: string };
      posted.push({ type: message.Type, text: message.Message });
      if (message.SubscribeURL) await fetch(message.SubscribeURL);
      response.writeHead(takes ? 200 : 503).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'none'] });
    await cloud.start();
    sns = new SNS({
      endpoint: cloud.endpoint,
      region: 'us-east-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    });
  });

  afterAll(async () => {
    sns?.destroy();
    await cloud?.dispose();
    server.closeAllConnections();
    server.close();
  });

  it('go on after a kill', async () => {
    const { TopicArn = '' } = await sns.createTopic({ Name: 'topic' });
    const healthyRetryPolicy = { numRetries: 100, minDelayTarget: 1, maxDelayTarget: 1 };
    await sns.subscribe({
      TopicArn,
      Protocol: 'http',
      Endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      Attributes: { DeliveryPolicy: JSON.stringify({ healthyRetryPolicy }) },
    });
    await eventually('a confirmed subscription', async () => {
      const { Attributes = {} } = await sns.getTopicAttributes({ TopicArn });
      return Attributes['SubscriptionsConfirmed'] === '1' || undefined;
    });
    takes = false;
    await sns.publish({ TopicArn, Message: 'patient' });
    const tries = () => posted.filter(({ text }) => text === 'patient').length;
    await eventually('a first try', async () => tries() > 0 || undefined);
    await cloud.kill('SIGKILL');
    // Whatever was on its way when it died has come by then.
    await eventually('silence', async () => (await connections()) === 0 || undefined);
    const before = tries();
    takes = true;
    await cloud.start();
    await eventually('a try that is taken', async () => tries() > before || undefined);
    expect(tries()).toBe(before + 1);
  });
});
