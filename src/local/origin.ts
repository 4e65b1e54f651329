// Keeps web pages of strangers out. Every browser that visits a page lets it send requests to localhost, and keys are
// not checked by default, so without this any page could terminate instances or reset the cloud. Pages served from this
// host may call; everything that is not a browser (SDKs, curl) sends no Origin and is not concerned.

import type { Gateway, GatewayRequest, GatewayResponse } from '../aws/request.ts';
import { routeService, signingNameOf } from '../aws/route.ts';
import { emptyAnswer, refusal } from './answers.ts';

/** Paths that no service of AWS has. (`moto-api` could be a bucket; moto took the name first.) */
export const isReservedPath = (path: string): boolean => /^\/(?:_localstack|_cloudlet|moto-api)(?:\/|$)/.test(path);

/** In front of everything: refuses foreign pages, answers preflights, and lets local pages read the answers. */
export function guardOrigins(next: Gateway, allowedOrigins: readonly string[]): Gateway {
  const answerPage = async (request: GatewayRequest, origin: string): Promise<GatewayResponse> => {
    if (!isLocalOrigin(origin) && !allowedOrigins.includes(origin) && !allowedOrigins.includes('*')) {
      return refusal(
        403,
        `web pages of ${origin} may not call this cloud; start it with CLOUDLET_ALLOWED_ORIGINS=${origin} to let them`,
      );
    }
    const isPreflight = request.method === 'OPTIONS' && 'access-control-request-method' in request.headers;
    const response = isPreflight ? emptyAnswer(204) : await next(request);
    return withCorsHeaders(response, request, origin);
  };
  return (request) => {
    const origin = originOf(request);
    return origin === undefined || decidesItself(request) ? next(request) : answerPage(request, origin);
  };
}

/** Where the page comes from that makes the request, or undefined when no page does. */
function originOf({ headers, method, query }: GatewayRequest): string | undefined {
  if (headers['origin'] !== undefined) return headers['origin'];
  // An image or a form of another site carries no Origin when it is a GET, but browsers have long said this much.
  if (headers['sec-fetch-site'] !== 'cross-site') return undefined;
  const isFollowedLink = method === 'GET' && headers['sec-fetch-mode'] === 'navigate' && query === '';
  return isFollowedLink ? undefined : 'another site';
}

/** S3 answers browsers by the rules of the bucket. (What lies below /_aws/ is no bucket's, but shown to tests.) */
function decidesItself(request: GatewayRequest): boolean {
  if (isReservedPath(request.path) || request.path.startsWith('/_aws/')) return false;
  const route = routeService(request, signingNameOf(request));
  return route?.candidates.some(({ id }) => id === 's3') ?? false;
}

/** `http://localhost:3000`, `http://127.0.0.1`, `https://app.localhost`; not `http://localhost.evil.test`. */
export function isLocalOrigin(origin: string): boolean {
  let name: string;
  try {
    name = new URL(origin).hostname;
  } catch {
    return false;
  }
  return (
    /^(.+\.)?localhost$/.test(name) ||
    /^127\.\d+\.\d+\.\d+$/.test(name) ||
    name === '[::1]' ||
    /^(.+\.)?localhost\.localstack\.cloud$/.test(name)
  );
}

function withCorsHeaders(response: GatewayResponse, request: GatewayRequest, origin: string): GatewayResponse {
  const asked = request.headers['access-control-request-headers'];
  const headers: Record<string, string> = {
    ...response.headers,
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': exposedHeaders,
    vary: 'Origin',
  };
  if (request.method === 'OPTIONS') {
    headers['access-control-allow-methods'] = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS';
    headers['access-control-max-age'] = '600';
    if (asked !== undefined) headers['access-control-allow-headers'] = asked;
    if (request.headers['access-control-request-private-network'] === 'true')
      headers['access-control-allow-private-network'] = 'true';
  }
  return { ...response, headers };
}

const exposedHeaders = 'etag, x-amz-request-id, x-amzn-requestid, x-amzn-errortype, x-amz-version-id, date';
