// What S3 answers besides its operations: browsers' preflights and forms, and websites; and what it adds to answers that
// go to pages of other origins.

import { answerError } from '../../aws/error-answer.ts';
import { awsError } from '../../aws/errors.ts';
import { loadServiceModel, type OperationModel } from '../../aws/model.ts';
import type { Gateway, GatewayRequest, GatewayResponse } from '../../aws/request.ts';
import { routeService, signingNameOf } from '../../aws/route.ts';
import { bucketOfWebsiteHost, pathStyleOf } from '../../aws/s3-address.ts';
import type { Front, FrontWorld } from '../../aws/service.ts';
import { newUuid } from '../../kernel/ids.ts';
import { type BucketRow, buckets } from './buckets.table.ts';
import { type CrossOrigin, checkPreflight, corsHeaders, matchCors } from './cors.ts';
import { answerForm } from './post-form.ts';
import { answerWebsite } from './website.ts';

export function createFront(world: FrontWorld): Front {
  return (request, next) => {
    const { headers, method } = request;
    const website = bucketOfWebsiteHost(headers['host'] ?? '');
    if (website !== undefined)
      return guarded(world, request, 'GetObject', () => answerWebsite(world, request, website));
    const isForm = method === 'POST' && (headers['content-type']?.startsWith('multipart/form-data') || isBare(request));
    if (headers['origin'] === undefined && method !== 'OPTIONS' && !isForm) return next(request);
    // Whatever its body is said to be, what is sent to a bucket is S3's.
    if (!isForS3(request) && !(isForm && bucketOf(world, request))) return next(request);
    if (method === 'OPTIONS') return guarded(world, request, 'GetObject', async () => answerPreflight(world, request));
    const answer = isForm
      ? (form: GatewayRequest) => guarded(world, form, 'PutObject', () => answerForm(world, form))
      : next;
    return headers['origin'] === undefined ? answer(request) : withCors(world, request, answer);
  };
}

/** To a bucket, with nothing said of what is wanted: only a form can be meant. */
function isBare(request: GatewayRequest): boolean {
  return (
    request.query === '' && request.headers['authorization'] === undefined && /^\/[^/]+$/.test(pathStyleOf(request))
  );
}

function isForS3(request: GatewayRequest): boolean {
  return routeService(request, signingNameOf(request))?.candidates.some(({ id }) => id === 's3') ?? false;
}

/** Errors of the front go out as those of operations do. */
async function guarded(
  { random, log }: FrontWorld,
  request: GatewayRequest,
  operationName: string,
  answer: () => Promise<GatewayResponse>,
): Promise<GatewayResponse> {
  try {
    return await answer();
  } catch (error) {
    const operation = loadServiceModel('s3').operation(operationName) as OperationModel;
    return answerError({ error, request, requestId: newUuid(random), operation, log });
  }
}

function bucketOf({ store }: FrontWorld, request: GatewayRequest): BucketRow | undefined {
  const name = pathStyleOf(request).split('/')[1] ?? '';
  return /^[\w.-]{3,255}$/.test(name) ? store.find(buckets, name) : undefined;
}

function crossOriginOf({ headers, method }: GatewayRequest, origin: string): CrossOrigin {
  const isPreflight = method === 'OPTIONS';
  const asked = isPreflight ? (headers['access-control-request-headers'] ?? '') : '';
  return {
    origin,
    method: headers['access-control-request-method'] ?? method,
    headers: asked
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  };
}

function answerPreflight(world: FrontWorld, request: GatewayRequest): GatewayResponse {
  const { headers } = request;
  const origin = headers['origin'];
  const method = headers['access-control-request-method'];
  if (!origin) {
    throw awsError('BadRequest', 'Insufficient information. Origin request header needed.');
  }
  checkPreflight(method, headers['access-control-request-headers']);
  const bucket = bucketOf(world, request);
  const cors = bucket?.spec.cors;
  if (!cors) {
    throw forbidden(
      bucket ? 'CORS is not enabled for this bucket.' : 'Bucket not found',
      method ?? 'OPTIONS',
      'BUCKET',
    );
  }
  if (method === undefined) {
    throw awsError('BadRequest', 'Invalid Access-Control-Request-Method: null');
  }
  const asked = crossOriginOf(request, origin);
  const rule = matchCors(cors, asked);
  if (rule) return { status: 200, headers: corsHeaders(rule, asked), body: '' };
  const message =
    "This CORS request is not allowed. This is usually because the evalution of Origin, request method / Access-Control-Request-Method or Access-Control-Request-Headers are not whitelisted by the resource's CORS spec.";
  throw forbidden(message, method, 'OBJECT');
}

function forbidden(message: string, Method: string, ResourceType: 'BUCKET' | 'OBJECT') {
  return awsError('AccessForbidden', `CORSResponse: ${message}`, 403, { Method, ResourceType });
}

async function withCors(world: FrontWorld, request: GatewayRequest, next: Gateway): Promise<GatewayResponse> {
  const response = await next(request);
  const cors = bucketOf(world, request)?.spec.cors;
  const asked = crossOriginOf(request, request.headers['origin'] as string);
  const rule = cors && matchCors(cors, asked);
  return rule ? { ...response, headers: { ...response.headers, ...corsHeaders(rule, asked) } } : response;
}
