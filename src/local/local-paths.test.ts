// The paths that are not AWS's, over HTTP, in front of a whole cloud whose machines are simulated.

import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFromHere } from '../aws/loopback.ts';
import { createApi } from '../cli/api.ts';
import { resolveConfig } from '../config.ts';
import { silentLog } from '../kernel/log.ts';
import { type Running, startCloud } from '../main.ts';
import { isLocalOrigin } from './origin.ts';

const dataDirectory = mkdtempSync(join(tmpdir(), 'cloudlet-local-'));
let cloud: Running;

function start(): Promise<Running> {
  const flags = { port: '0', dataDir: dataDirectory, hypervisor: 'simulated' };
  const environment = { CLOUDLET_INIT_DIR: join(dataDirectory, 'init'), CLOUDLET_ALLOWED_ORIGINS: 'https://mine.test' };
  return startCloud({ config: resolveConfig(flags, environment), log: silentLog });
}

beforeAll(async () => {
  cloud = await start();
});
afterAll(async () => {
  await cloud.stop();
  rmSync(dataDirectory, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/** Not fetch, which may not send an Origin of its own choice. */
function call(method: string, path: string, headers: Record<string, string> = {}, body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, cloud.endpoint), { method, headers, agent: false }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }));
    });
    outgoing.on('error', reject).end(body);
  });
}

const json = async (path: string): Promise<unknown> => JSON.parse((await call('GET', path)).text);
const ec2 = () => createApi('ec2', { address: cloud.endpoint, region: 'us-east-1' });
const keyNames = async () => ((await ec2().DescribeKeyPairs({})).KeyPairs ?? []).map(({ KeyName }) => KeyName);

describe("LocalStack's paths", () => {
  it('tell health as LocalStack writes it, which scripts grep for', async () => {
    for (const path of ['/_localstack/health', '/health']) {
      const { status, headers, text } = await call('GET', path);
      expect(status).toBe(200);
      expect(headers['content-type']).toBe('application/json');
      expect(text).toMatch(/^\{"services": \{".*"\}, "edition": "community", "version": "/);
      for (const id of ['ec2', 'ssm', 'sts']) expect(text).toContain(`"${id}": "available"`);
    }
    expect(await call('HEAD', '/_localstack/health')).toMatchObject({ status: 200, text: '' });
  });

  it('tell who this is', async () => {
    expect(await json('/_localstack/info')).toMatchObject({
      edition: 'community',
      is_license_activated: false,
      machine_id: cloud.cloudId,
      uptime: expect.any(Number),
    });
  });

  it('tell how far the init stages are', async () => {
    const completed = { BOOT: true, START: true, READY: true, SHUTDOWN: false };
    expect(await json('/_localstack/init')).toEqual({ completed, scripts: [] });
    expect(await json('/_localstack/init/ready')).toEqual({ completed: true, scripts: [] });
    expect(await json('/_localstack/init/SHUTDOWN')).toEqual({ completed: false, scripts: [] });
    expect((await call('GET', '/_localstack/init/lunch')).status).toBe(404);
  });

  it.each(['/_localstack/state/reset', '/moto-api/reset', '/_cloudlet/reset'])(
    'forget everything at %s',
    async (path) => {
      await ec2().CreateKeyPair({ KeyName: 'forgotten', KeyType: 'ed25519' });
      expect(await keyNames()).toEqual(['forgotten']);
      const { status, text } = await call('POST', path);
      expect(status).toBe(200);
      expect(JSON.parse(text)).toMatchObject({ status: 'ok' });
      expect(await keyNames()).toEqual([]);
    },
  );

  it('leave to AWS what is AWS’s', async () => {
    expect((await ec2().DescribeRegions({})).Regions?.length).toBeGreaterThan(10);
    // A bucket may be called so: whoever signs for S3 means S3.
    const authorization =
      'AWS4-HMAC-SHA256 Credential=test/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0';
    expect((await call('GET', '/health', { authorization })).text).toContain('<Error>');
  });

  it('refuse what is not there, and methods that are not meant', async () => {
    expect(await call('GET', '/_localstack/nothing')).toMatchObject({ status: 404 });
    expect(await call('GET', '/_cloudlet')).toMatchObject({ status: 404 });
    const wrongMethod = await call('GET', '/_localstack/state/reset');
    expect(wrongMethod).toMatchObject({ status: 405, headers: { allow: 'POST' } });
    expect(wrongMethod.text).toContain('takes POST only');
  });
});

describe("cloudlet's paths", () => {
  it('tell what is real, and what is not built', async () => {
    expect(await json('/_cloudlet/capabilities')).toMatchObject({
      hypervisor: 'simulated',
      host: { hypervisor: { available: true }, network: { available: true } },
      services: {
        ec2: { available: true, operations: expect.any(Number), modelledOperations: expect.any(Number) },
        route53: { available: false, reason: expect.stringContaining('not built') },
      },
    });
  });

  it('tell which cloud this is', async () => {
    const about = await json('/_cloudlet/version');
    expect(about).toMatchObject({ cloudId: cloud.cloudId, endpoint: cloud.endpoint, dataDirectory, pid: process.pid });
  });

  it('tell what is being worked on', async () => {
    const { Images = [] } = await ec2().DescribeImages({ Filters: [{ Name: 'name', Values: ['debian-12*'] }] });
    const launch = { ImageId: Images[0]?.ImageId ?? '', InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const;
    // A start that is over before it was asked for is no answer: then another one is looked at.
    const startSeen = async () => {
      const key = (await ec2().RunInstances(launch)).Instances?.[0]?.InstanceId ?? '';
      const { activities } = (await json('/_cloudlet/reconcilers')) as { activities: readonly { key: string }[] };
      return activities.find((activity) => activity.key === key);
    };
    const state = expect.stringMatching(/queued|running|waiting/);
    await expect.poll(startSeen).toMatchObject({ reconciler: 'ec2.instances', state, failures: 0 });
    await call('POST', '/_cloudlet/reset');
  });

  it('let only this host stop it', () => {
    for (const address of [undefined, '127.0.0.1', '127.1.2.3', '::1', '::ffff:127.0.0.1'])
      expect(isFromHere(address), address).toBe(true);
    for (const address of ['192.0.2.1', '198.18.0.5', '::ffff:192.0.2.1', 'fd00::1', ''])
      expect(isFromHere(address), address).toBe(false);
  });

  it('refuse a stop that cannot be understood', async () => {
    for (const body of ['{"all":"yes"}', '[]', '{', 'x'.repeat(100_000)]) {
      expect((await call('POST', '/_cloudlet/stop', {}, body)).status).toBe(400);
    }
    expect((await call('GET', '/_localstack/health')).status).toBe(200);
  });
});

describe('web pages', () => {
  const foreign = { origin: 'https://evil.test' };

  it('of strangers may do nothing: neither reset nor stop nor call AWS', async () => {
    await ec2().CreateKeyPair({ KeyName: 'kept', KeyType: 'ed25519' });
    const signed = 'X-Amz-Credential=test%2F20261121%2Fus-east-1%2Fec2%2Faws4_request';
    const attempts = [
      call('POST', '/_localstack/state/reset', foreign),
      call('POST', '/moto-api/reset', { origin: 'null' }),
      call('POST', '/_cloudlet/reset', { origin: 'http://localhost.evil.test' }),
      call('POST', '/_cloudlet/stop', foreign, '{}'),
      call('GET', '/_cloudlet/version', foreign),
      call('POST', `/?Action=DeleteKeyPair&KeyName=kept&${signed}`, foreign),
      // An image tag, which carries no Origin.
      call('GET', `/?Action=DeleteKeyPair&KeyName=kept&${signed}`, {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'no-cors',
      }),
      call('GET', `/?Action=DeleteKeyPair&KeyName=kept&${signed}`, {
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
      }),
      call('OPTIONS', '/_cloudlet/reset', { ...foreign, 'access-control-request-method': 'POST' }),
    ];
    for (const answer of await Promise.all(attempts)) {
      expect(answer.status).toBe(403);
      expect(answer.headers['access-control-allow-origin']).toBeUndefined();
    }
    expect(await keyNames()).toEqual(['kept']);
    await call('POST', '/_cloudlet/reset');
  });

  it.each(['http://localhost:3000', 'http://127.0.0.1:8080', 'https://mine.test'])(
    'of %s may call and read',
    async (origin) => {
      const preflight = await call('OPTIONS', '/', {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-amz-date',
        'access-control-request-private-network': 'true',
      });
      expect(preflight).toMatchObject({
        status: 204,
        headers: {
          'access-control-allow-origin': origin,
          'access-control-allow-headers': 'authorization,x-amz-date',
          'access-control-allow-methods': expect.stringContaining('POST'),
          'access-control-allow-private-network': 'true',
          vary: 'Origin',
        },
      });
      const answer = await call('GET', '/_localstack/health', { origin });
      expect(answer).toMatchObject({ status: 200, headers: { 'access-control-allow-origin': origin } });
    },
  );

  it('are let in when somebody follows a link', async () => {
    const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
    expect((await call('GET', '/_localstack/health', link)).status).toBe(200);
  });

  it('are the bucket’s business when they mean S3', async () => {
    const answer = await call('GET', '/key', { ...foreign, host: 'bucket.s3.amazonaws.com' });
    expect(answer.text).not.toContain('web pages of');
  });

  it('are local only when their name is this host’s own', () => {
    for (const origin of [
      'http://localhost',
      'http://app.localhost:1',
      'http://[::1]:5173',
      'http://127.1.2.3',
      'https://localhost.localstack.cloud:4566',
    ])
      expect(isLocalOrigin(origin), origin).toBe(true);
    for (const origin of [
      'null',
      'file://',
      '',
      'http://localhost.test',
      'http://127.0.0.1.test',
      'http://notlocalhost',
      'http://192.168.1.1',
    ])
      expect(isLocalOrigin(origin), origin).toBe(false);
  });
});
