// The instance metadata service (IMDS) of one VPC. Whoever asks is known by the address the request comes from, which
// the network lets nobody forge.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html

import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import type { World } from '../../aws/service.ts';
import { type InstanceRow, instances } from './instances.table.ts';
import { findMetadata, formatListing, isDirectory, type MetadataNode, metadataTree } from './metadata.ts';
import { readMetadataFacts } from './metadata-facts.ts';
import { describeRole, type RoleWorld } from './metadata-role.ts';
import { checkToken, issueToken, longestTokenTtlSeconds, tokenSecret } from './metadata-tokens.ts';
import { networkInterfaces } from './network-interfaces.table.ts';
import { vpcs } from './vpcs.table.ts';

export type MetadataWorld = RoleWorld & Pick<World, 'random' | 'log'>;

/** What is answered, before it is written. A body that is absent is AWS's page for the status. */
interface MetadataResponse {
  readonly status: number;
  readonly body?: string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
}

const tokenPath = '/latest/api/token';
const tokenHeader = 'x-aws-ec2-metadata-token';
const tokenTtlHeader = 'x-aws-ec2-metadata-token-ttl-seconds';

/** Not listening yet; the socket it listens on has to be made inside the VPC. */
export function createMetadataServer(world: MetadataWorld, vpcId: string): Server {
  return createServer((request, response) => {
    request.resume(); // no request has a body worth reading
    void respond(world, vpcId, request, response);
  });
}

/** A token is good for as long as it says, and a guest says only once that it has booted: both are on disk first. */
async function respond(
  world: MetadataWorld,
  vpcId: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    const answered = await answer(world, vpcId, request);
    await world.store.flushed();
    write(request, response, answered);
  } catch (error) {
    world.log.error('the metadata service failed', { vpcId, path: request.url, error });
    write(request, response, { status: 500 });
  }
}

async function answer(world: MetadataWorld, vpcId: string, request: IncomingMessage): Promise<MetadataResponse> {
  const instance = findInstance(world, vpcId, request.socket.remoteAddress ?? '');
  if (!instance) return { status: 404 };
  noteContact(world, instance);
  if (instance.spec.metadataOptions.httpEndpoint === 'disabled') return { status: 403 };
  const path = (request.url ?? '/').split('?', 1)[0] as string;
  if (path.replace(/\/+$/, '') === tokenPath) return answerToken(world, instance, request);
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    return { status: 405, headers: { allow: 'OPTIONS, GET, HEAD' } };
  }
  const session = checkSession(world, instance, request);
  return session.isAllowed ? answerPath(world, instance, path, session.headers) : { status: 401 };
}

export function findInstance(
  { store }: Pick<World, 'store'>,
  vpcId: string,
  remoteAddress: string,
): InstanceRow | undefined {
  const vpc = store.find(vpcs, vpcId);
  if (!vpc) return undefined;
  const address = remoteAddress.replace(/^::ffff:/, '');
  for (const { spec } of store.read(networkInterfaces, vpc).by('byVpcAddress', `${vpcId}/${address}`)) {
    const instance = spec.attachment && store.read(instances, vpc).get(spec.attachment.instanceId);
    if (instance) return instance;
  }
  return undefined;
}

/** A guest that asks for its metadata has booted: that is what its instance status check goes by. */
function noteContact({ store }: Pick<World, 'store'>, instance: InstanceRow): void {
  const { startCount } = instance.spec;
  if (instance.status.contactStartCount === startCount) return;
  store.changeStatuses((transaction) =>
    transaction
      .table(instances, instance)
      .update(instance.id, (status) => ({ ...status, contactStartCount: startCount })),
  );
}

/** A request that came through a proxy gets no token: that is how a guest's open proxy is kept from leaking one. */
function answerToken(world: MetadataWorld, instance: InstanceRow, request: IncomingMessage): MetadataResponse {
  if (request.method !== 'PUT') return { status: 405, headers: { allow: 'OPTIONS, PUT' } };
  if (request.headers['x-forwarded-for'] !== undefined) return { status: 403 };
  const text = String(request.headers[tokenTtlHeader] ?? '');
  const ttlSeconds = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (ttlSeconds < 1 || ttlSeconds > longestTokenTtlSeconds) return { status: 400 };
  const endsAtMs = world.clock.now() + ttlSeconds * 1000;
  return {
    status: 200,
    body: issueToken(tokenSecret(world.store, world.random), instance.id, endsAtMs),
    headers: { [tokenTtlHeader]: String(ttlSeconds) },
  };
}

/** A token that is wrong is refused even where none is needed. */
function checkSession(
  { store, clock, random }: MetadataWorld,
  instance: InstanceRow,
  request: IncomingMessage,
): { readonly isAllowed: boolean; readonly headers?: Readonly<Record<string, string>> } {
  const token = request.headers[tokenHeader];
  if (token === undefined) return { isAllowed: instance.spec.metadataOptions.httpTokens === 'optional' };
  const nowMs = clock.now();
  const endsAtMs = checkToken(tokenSecret(store, random), instance.id, String(token), nowMs);
  if (endsAtMs === undefined) return { isAllowed: false };
  return { isAllowed: true, headers: { [tokenTtlHeader]: String(Math.ceil((endsAtMs - nowMs) / 1000)) } };
}

async function answerPath(
  world: MetadataWorld,
  instance: InstanceRow,
  path: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<MetadataResponse> {
  const role = await describeRole(world, instance, credentialsPath.test(path));
  const node = findMetadata(metadataTree(readMetadataFacts(world.store, instance, role)), path);
  return node === undefined ? { status: 404 } : { status: 200, body: bodyOf(node), headers };
}

/** Keys are made when they are asked for, and not before. */
const credentialsPath = /\/+iam\/+security-credentials\/+[^/]/;

const bodyOf = (node: MetadataNode): string | Uint8Array => (isDirectory(node) ? formatListing(node) : node);

function write(request: IncomingMessage, response: ServerResponse, { status, body, headers }: MetadataResponse): void {
  const content = Buffer.from(body ?? page(status));
  response.writeHead(status, {
    'content-type': contentType(body),
    'content-length': content.length,
    'accept-ranges': 'none',
    server: 'EC2ws',
    connection: 'close',
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : content);
}

function contentType(body: string | Uint8Array | undefined): string {
  if (body === undefined) return 'text/html';
  return typeof body === 'string' ? 'text/plain' : 'application/octet-stream';
}

/** AWS's own page, to the letter. */
function page(status: number): string {
  const title = `${status} - ${STATUS_CODES[status] ?? ''}`;
  return `<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN"
\t"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd">
<html xmlns="http://www.w3.org/1999/xhtml" xml:lang="en" lang="en">
 <head>
  <title>${title}</title>
 </head>
 <body>
  <h1>${title}</h1>
 </body>
</html>
`;
}
