// The metadata service over real HTTP, asked from the addresses of two instances.

import { type IncomingHttpHeaders, request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadLibc } from '../../drivers/network/libc.ts';
import { metadataAddress } from '../../drivers/network/network.ts';
import { instances as instancesTable } from './instances.table.ts';
import { metadataVersions } from './metadata.ts';
import {
  createTestVpc,
  firstAddress,
  firstInstanceId,
  hostSocketOf,
  secondAddress,
  secondInstanceId,
  type TestVpc,
  vpcId,
} from './vpc-servers.testing.ts';
import { createVpcServers, type VpcServers } from './vpc-servers.ts';

interface Response {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

let vpc: TestVpc;
let servers: VpcServers;

beforeAll(async () => {
  vpc = createTestVpc(await loadLibc());
  servers = createVpcServers(vpc.world);
  await servers.ensureListening(vpcId);
});
afterAll(() => servers.closeAll());

function ask(path: string, options: { from?: string; method?: string; headers?: Record<string, string> } = {}) {
  const { from = firstAddress, method = 'GET', headers = {} } = options;
  const { host, port } = hostSocketOf({ address: metadataAddress, port: 80 });
  return new Promise<Response>((resolve, reject) => {
    const outgoing = request({ host, port, path, method, headers, localAddress: from, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('end', () => {
        const body = Buffer.concat(chunks);
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body, text: body.toString() });
      });
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

const get = async (path: string) => (await ask(`/latest/meta-data/${path}`)).text;

const askToken = (ttlSeconds: string, from = firstAddress) =>
  ask('/latest/api/token', { method: 'PUT', from, headers: { 'X-aws-ec2-metadata-token-ttl-seconds': ttlSeconds } });

const withToken = (token: string, from = firstAddress) =>
  ask('/latest/meta-data/instance-id', { from, headers: { 'X-aws-ec2-metadata-token': token } });

const notFoundPage = `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
\t"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>404 - Not Found</title>
 </head>
 <body>
  <h1>404 - Not Found</h1>
 </body>
</html>
`;

describe('content', () => {
  test('an instance is known by the address it asks from', async () => {
    expect(await get('instance-id')).toBe(firstInstanceId);
    expect((await ask('/latest/meta-data/instance-id', { from: secondAddress })).text).toBe(secondInstanceId);
    expect((await ask('/latest/meta-data/instance-id', { from: '127.0.0.3' })).status).toBe(404);
  });

  test.each([
    ['ami-id', 'ami-00000000000000001'],
    ['ami-launch-index', '0'],
    ['ami-manifest-path', '(unknown)'],
    ['block-device-mapping/', 'ami\nroot'],
    ['block-device-mapping/root', '/dev/xvda'],
    ['events/maintenance/', 'history\nscheduled'],
    ['hostname', 'ip-127-0-0-1.eu-west-1.compute.internal'],
    ['instance-action', 'none'],
    ['instance-life-cycle', 'on-demand'],
    ['instance-type', 't3.micro'],
    ['local-hostname', 'ip-127-0-0-1.eu-west-1.compute.internal'],
    ['local-ipv4', '127.0.0.1'],
    ['mac', '02:00:00:00:00:01'],
    ['network/interfaces/macs/', '02:00:00:00:00:01/'],
    ['network/interfaces/macs/02:00:00:00:00:01/ipv4-associations/198.18.0.5', '127.0.0.1'],
    ['network/interfaces/macs/02:00:00:00:00:01/subnet-ipv4-cidr-block', '127.0.0.0/20'],
    ['network/interfaces/macs/02:00:00:00:00:01/vpc-ipv4-cidr-blocks', '127.0.0.0/16'],
    ['network/interfaces/macs/02:00:00:00:00:01/security-group-ids', 'sg-1\nsg-2'],
    ['network/interfaces/macs/02:00:00:00:00:01/owner-id', '123456789012'],
    ['placement/', 'availability-zone\navailability-zone-id\nregion'],
    ['placement/availability-zone', 'eu-west-1a'],
    ['placement/availability-zone-id', 'euw1-az3'],
    ['placement/region', 'eu-west-1'],
    ['public-hostname', 'ec2-198-18-0-5.eu-west-1.compute.amazonaws.com'],
    ['public-ipv4', '198.18.0.5'],
    ['public-keys/', '0=my-key'],
    ['public-keys/0/', 'openssh-key'],
    ['public-keys/0/openssh-key', 'ssh-ed25519 AAAA my-key'],
    ['reservation-id', 'r-1'],
    ['security-groups', 'default\nweb'],
    ['services/domain', 'amazonaws.com'],
    ['services/partition', 'aws'],
    ['system', 'nitro'],
  ])('%s', async (path, expected) => {
    expect(await get(path)).toBe(expected);
  });

  test('listings of the upper levels', async () => {
    expect((await ask('/')).text).toBe(metadataVersions.join('\n'));
    expect((await ask('/latest')).text).toBe('dynamic\nmeta-data\nuser-data');
    expect((await ask('/2021-01-03/')).text).toBe('dynamic\nmeta-data\nuser-data');
    expect((await ask('/1.0/meta-data/instance-id')).text).toBe(firstInstanceId);
    expect((await get('')).split('\n')).toEqual([
      ...['ami-id', 'ami-launch-index', 'ami-manifest-path', 'block-device-mapping/', 'events/', 'hostname'],
      ...['instance-action', 'instance-id', 'instance-life-cycle', 'instance-type', 'local-hostname', 'local-ipv4'],
      ...['mac', 'metrics/', 'network/', 'placement/', 'profile', 'public-hostname', 'public-ipv4', 'public-keys/'],
      ...['reservation-id', 'security-groups', 'services/', 'system'],
    ]);
  });

  test('an instance without a public address has no public names', async () => {
    const listing = (await ask('/latest/meta-data/', { from: secondAddress })).text.split('\n');
    expect(listing.filter((name) => name.startsWith('public'))).toEqual(['public-keys/']);
  });

  test('user data are the bytes that were given', async () => {
    const response = await ask('/latest/user-data');
    expect(response.text).toBe('#!/bin/sh\necho hello\n');
    expect(response.headers['content-type']).toBe('application/octet-stream');
    const bytes = Buffer.from([0x1f, 0x8b, 0, 255, 10]);
    vpc.updateInstance(secondInstanceId, { userData: bytes.toString('base64') });
    expect((await ask('/latest/user-data', { from: secondAddress })).body).toEqual(bytes);
  });

  test('the identity document', async () => {
    const { text } = await ask('/latest/dynamic/instance-identity/document');
    expect(text.startsWith('{\n  "accountId" : "123456789012",\n')).toBe(true);
    expect(JSON.parse(text)).toMatchObject({
      instanceId: firstInstanceId,
      privateIp: '127.0.0.1',
      pendingTime: '2026-11-21T09:00:00Z',
      region: 'eu-west-1',
      version: '2017-09-30',
    });
    expect((await ask('/latest/dynamic/instance-identity/')).text).toBe('document');
  });

  test('tags show only when they are asked for', async () => {
    expect((await ask('/latest/meta-data/tags/instance/Name')).status).toBe(404);
    const { metadataOptions } = vpc.store.find(instancesTable, firstInstanceId)!.spec;
    vpc.updateInstance(firstInstanceId, { metadataOptions: { ...metadataOptions, instanceMetadataTags: 'enabled' } });
    expect(await get('tags/instance')).toBe('Name\nOwner');
    expect(await get('tags/instance/Name')).toBe('web 1');
    vpc.updateInstance(firstInstanceId, { metadataOptions });
  });

  test.each([
    '/latest/meta-data/nothing',
    '/latest/meta-data/iam/',
    '/latest/meta-data/instance-id/x',
    '/2030-01-01/',
    '/%',
  ])('%s is not there, in AWS’s words', async (path) => {
    const response = await ask(path);
    expect(response.status).toBe(404);
    expect(response.text).toBe(notFoundPage);
    expect(response.headers).toMatchObject({ server: 'EC2ws', 'content-type': 'text/html' });
  });
});

describe('IMDSv2', () => {
  beforeEach(() => requireTokens('optional'));

  function requireTokens(httpTokens: 'optional' | 'required') {
    const { metadataOptions } = vpc.store.find(instancesTable, firstInstanceId)!.spec;
    vpc.updateInstance(firstInstanceId, { metadataOptions: { ...metadataOptions, httpTokens } });
  }

  test('a token opens what is closed without it', async () => {
    requireTokens('required');
    expect((await ask('/latest/meta-data/instance-id')).status).toBe(401);
    const token = await askToken('21600');
    expect(token.status).toBe(200);
    expect(token.headers['x-aws-ec2-metadata-token-ttl-seconds']).toBe('21600');
    const response = await withToken(token.text);
    expect(response.text).toBe(firstInstanceId);
    expect(Number(response.headers['x-aws-ec2-metadata-token-ttl-seconds'])).toBeGreaterThan(21_590);
  });

  test('a wrong token is refused even where none is needed', async () => {
    const { text: token } = await askToken('60');
    expect((await withToken(`${token[0] === 'A' ? 'B' : 'A'}${token.slice(1)}`)).status).toBe(401);
    expect((await withToken('')).status).toBe(401);
    expect((await withToken(token, secondAddress)).status).toBe(401);
  });

  test('a token ends', async () => {
    const { text: token } = await askToken('60');
    expect((await withToken(token)).status).toBe(200);
    vpc.advance(61_000);
    expect((await withToken(token)).status).toBe(401);
  });

  test('a token outlives the servers', async () => {
    const { text: token } = await askToken('21600');
    await servers.ensureClosed(vpcId);
    await servers.ensureListening(vpcId);
    expect((await withToken(token)).status).toBe(200);
  });

  test.each(['', '0', '21601', '-1', 'six', '1e3'])('a TTL of "%s" is refused', async (ttl) => {
    expect((await askToken(ttl)).status).toBe(400);
  });

  test('a proxied request gets no token', async () => {
    const headers = { 'X-aws-ec2-metadata-token-ttl-seconds': '60', 'X-Forwarded-For': '10.0.0.1' };
    expect((await ask('/latest/api/token', { method: 'PUT', headers })).status).toBe(403);
  });

  test('other methods are refused', async () => {
    expect((await ask('/latest/api/token')).status).toBe(405);
    expect((await ask('/latest/meta-data/', { method: 'POST' })).status).toBe(405);
    expect(await ask('/latest/meta-data/mac', { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
  });

  test('an endpoint that is switched off answers nothing', async () => {
    const { metadataOptions } = vpc.store.find(instancesTable, secondInstanceId)!.spec;
    vpc.updateInstance(secondInstanceId, { metadataOptions: { ...metadataOptions, httpEndpoint: 'disabled' } });
    expect((await askToken('60', secondAddress)).status).toBe(403);
    expect((await ask('/latest/meta-data/', { from: secondAddress })).status).toBe(403);
    vpc.updateInstance(secondInstanceId, { metadataOptions });
  });
});
