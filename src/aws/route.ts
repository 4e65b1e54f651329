// Which service and operation a request means. In this order: X-Amz-Target, the CBOR path, the SigV4 credential scope,
// the Host, a path that only S3 can mean, Action and Version. A signed request for a service we do not know gets an error, never an answer
// of S3, which would take any path for a bucket.

import { type ServiceEntry, services } from '../generated/index.ts';
import { type AwsError, awsError } from './errors.ts';
import { loadServiceModel, type OperationModel } from './model.ts';
import { matchRestRoute } from './protocols/rest-routes.ts';
import { notForThisEndpoint } from './protocols/sqs-query.ts';
import type { GatewayRequest } from './request.ts';
import { looksLikeS3, pathStyleOf } from './s3-address.ts';
import { decodeQueryText } from './sigv4-canonical.ts';
import { knownSigningName } from './sigv4-credential.ts';

/** What can be told from the head of a request, before its body is read. */
export interface ServiceRoute {
  /** Services that share the signing name (S3 and S3 Control, both load balancing APIs …), most specific first. */
  readonly candidates: readonly ServiceEntry[];
  /** From X-Amz-Target or the CBOR path. */
  readonly operationName?: string;
}

export interface OperationRoute {
  readonly operation: OperationModel;
  readonly pathLabels: Readonly<Record<string, string>>;
}

const byTargetPrefix = new Map(
  services.flatMap((service) => (service.targetPrefix ? [[service.targetPrefix.toLowerCase(), service]] : [])),
);
const byServiceId = new Map(services.map((service) => [service.serviceId.replaceAll(' ', '').toLowerCase(), service]));
const bySigningName = groupBySigningName();
const byEndpointPrefix = new Map(services.map((service) => [service.endpointPrefix, service]));

/** APIs whose paths cannot be mistaken stand before those that would match anything. */
function groupBySigningName(): ReadonlyMap<string, readonly ServiceEntry[]> {
  const groups = new Map<string, ServiceEntry[]>();
  for (const service of services)
    groups.set(service.signingName, [service, ...(groups.get(service.signingName) ?? [])]);
  for (const signingName of ['s3express', 's3-object-lambda', 's3-outposts'])
    groups.set(signingName, groups.get('s3') ?? []);
  return groups;
}

/**
 * The service in the scope of the request's credential (`key/date/region/service/aws4_request`). Read leniently, since
 * routing comes before authentication, which is strict; and without splitting, since every request comes by here.
 */
export function signingNameOf(request: GatewayRequest): string | undefined {
  const { headers, query } = request;
  const header = headers['authorization'];
  const known = header && knownSigningName(header);
  if (known) return known;
  const credential = header
    ? /Credential=([^,\s]+)/.exec(header)?.[1]
    : query.includes('X-Amz-Credential=')
      ? decodeQueryText(/(?:^|&)X-Amz-Credential=([^&]*)/.exec(query)?.[1] ?? '')
      : undefined;
  if (!credential?.endsWith('/aws4_request')) return undefined;
  const serviceEnd = credential.length - '/aws4_request'.length;
  const regionEnd = credential.lastIndexOf('/', serviceEnd - 1);
  const dateEnd = credential.lastIndexOf('/', regionEnd - 1);
  if (dateEnd <= 0 || credential.lastIndexOf('/', dateEnd - 1) < 0) return undefined;
  return credential.slice(regionEnd + 1, serviceEnd).toLowerCase();
}

export function routeService(request: GatewayRequest, signingName: string | undefined): ServiceRoute | undefined {
  const target = request.headers['x-amz-target'];
  if (target !== undefined) {
    const dot = target.lastIndexOf('.');
    const service = byTargetPrefix.get(target.slice(0, Math.max(0, dot)).toLowerCase());
    if (service) return { candidates: [service], operationName: target.slice(dot + 1) };
    const signed = signingName === undefined ? undefined : bySigningName.get(signingName);
    return signed && { candidates: signed.slice(-1), operationName: target.slice(dot + 1) };
  }
  if (request.headers['smithy-protocol'] === 'rpc-v2-cbor') {
    const cbor = /^\/service\/([^/]+)\/operation\/([^/]+)$/.exec(request.path);
    if (cbor) return routeCbor(cbor[1] as string, cbor[2] as string, signingName);
  }
  if (signingName !== undefined) {
    const signed = bySigningName.get(signingName);
    return signed && { candidates: signed };
  }
  const hosted = serviceOfHost(request.headers['host'] ?? '');
  if (hosted) return { candidates: bySigningName.get(hosted.signingName) ?? [hosted] };
  return looksLikeS3(request) ? { candidates: bySigningName.get('s3') ?? [] } : undefined;
}

/** The path names the SDK's service shape (`GraniteServiceVersion20100801`) or its service id. */
function routeCbor(name: string, operationName: string, signingName: string | undefined): ServiceRoute | undefined {
  const service = byTargetPrefix.get(name.toLowerCase()) ?? byServiceId.get(name.toLowerCase());
  if (service) return { candidates: [service], operationName };
  const signed = signingName === undefined ? undefined : bySigningName.get(signingName);
  return signed && { candidates: signed, operationName };
}

/** `sts.amazonaws.com`, `ec2.eu-west-1.amazonaws.com`, `sqs.us-east-1.localhost.localstack.cloud:4566`, … */
export function serviceOfHost(host: string): ServiceEntry | undefined {
  const name = host.replace(/:\d+$/, '').toLowerCase();
  const labels = /^(.+)\.(?:amazonaws\.com(?:\.cn)?|api\.aws|localhost\.localstack\.cloud|localhost)$/
    .exec(name)?.[1]
    ?.split('.');
  if (!labels) return undefined;
  const [last = '', previous = ''] = [labels.at(-1), labels.at(-2)];
  const isRegion = /^[a-z]{2}(-[a-z]+)+-\d$/.test(last) || last === 'dualstack';
  const joined = isRegion ? [labels.slice(-3, -1).join('.'), previous] : [labels.slice(-2).join('.'), last];
  for (const prefix of joined) {
    const service = byEndpointPrefix.get(prefix.replace(/^s3[.-].*$/, 's3'));
    if (service) return service;
  }
  return undefined;
}

/** The Action and Version of an unsigned query request tell the service by themselves. */
export function routeByAction(action: string, version: string | undefined): ServiceRoute | undefined {
  const candidates = services.filter(
    (service) =>
      speaksQuery(service) &&
      (version === undefined || service.apiVersion === version) &&
      loadServiceModel(service.id).operation(action),
  );
  return candidates.length > 0 ? { candidates } : undefined;
}

/** Picks the operation that `Action` names; of services that share a signing name, the one of that version. */
export function routeQueryOperation(route: ServiceRoute, action: string, version: string | undefined): OperationRoute {
  const speaking = route.candidates.filter(speaksQuery);
  const hasVersion = speaking.some(({ apiVersion }) => apiVersion === version);
  for (const service of speaking) {
    if (hasVersion && service.apiVersion !== version) continue;
    const operation = loadServiceModel(service.id).operation(action);
    if (operation) return { operation, pathLabels: noLabels };
  }
  throw invalidAction(route, action, version);
}

const noLabels: OperationRoute['pathLabels'] = {};

export const speaksQuery = ({ protocols }: ServiceEntry): boolean =>
  protocols.includes('query') || protocols.includes('ec2');

/** Clients name the same few operations all day. */
const knownTargets = new Map<string, OperationRoute>();
const mostKnownTargets = 1_000;

/** By X-Amz-Target, where that is enough. */
export function routeTarget(target: string): OperationRoute | undefined {
  const known = knownTargets.get(target);
  if (known) return known;
  const dot = target.lastIndexOf('.');
  const service = byTargetPrefix.get(target.slice(0, Math.max(0, dot)).toLowerCase());
  const operation = service && loadServiceModel(service.id).operation(target.slice(dot + 1));
  if (!operation) return undefined;
  const route: OperationRoute = { operation, pathLabels: noLabels };
  if (knownTargets.size < mostKnownTargets) knownTargets.set(target, route);
  return route;
}

export function routeNamedOperation(route: ServiceRoute): OperationRoute {
  const service = route.candidates[0] as ServiceEntry;
  const operation = loadServiceModel(service.id).operation(route.operationName ?? '');
  if (!operation) throw awsError('UnknownOperationException', '');
  return { operation, pathLabels: noLabels };
}

export function routeRestOperation(route: ServiceRoute, request: GatewayRequest): OperationRoute {
  for (const service of route.candidates) {
    if (!service.protocols.some((protocol) => protocol.startsWith('rest-'))) continue;
    const path = service.id === 's3' ? pathStyleOf(request) : request.path;
    const addressed = path === request.path ? request : { ...request, path };
    const match = matchRestRoute(loadServiceModel(service.id), addressed);
    if (match) return { operation: match.operation, pathLabels: match.labels };
  }
  throw noSuchPath(route, request);
}

function invalidAction(route: ServiceRoute, action: string, version: string | undefined): AwsError {
  if (route.candidates.some(({ protocols }) => protocols.includes('ec2')))
    return awsError('InvalidAction', `The action ${action} is not valid for this web service.`);
  if (route.candidates.some(({ id }) => id === 'sqs')) return notForThisEndpoint(action);
  const suffix = version === undefined ? '' : ` for version ${version}`;
  return awsError('InvalidAction', `Could not find operation ${action}${suffix}`);
}

function noSuchPath(route: ServiceRoute, request: GatewayRequest): AwsError {
  const isS3 = route.candidates.some(({ id }) => id === 's3');
  if (isS3)
    return awsError('MethodNotAllowed', 'The specified method is not allowed against this resource.', 405, {
      Method: request.method,
    });
  return awsError(
    'UnknownOperationException',
    `Unable to determine service/operation name to be authorized: ${request.method} ${request.path}`,
    404,
  );
}

/** A request that names no service that cloudlet has a model of. */
export function unknownService(signingName: string | undefined): AwsError {
  if (signingName !== undefined)
    return awsError(
      'UnknownService',
      `The service '${signingName}' is not one that cloudlet has. See /_cloudlet/capabilities.`,
    );
  return awsError('MissingAuthenticationToken', 'Missing Authentication Token', 403);
}
