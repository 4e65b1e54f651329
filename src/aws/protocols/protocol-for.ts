// Which of a service's protocols a request speaks. Services that moved from one to another (SQS, CloudWatch) still
// answer older SDKs in the older one.

import type { ProtocolName, ServiceModel } from '../model.ts';
import { ec2Query } from './ec2-query.ts';
import { json } from './json.ts';
import type { Protocol, WireRequest } from './protocol.ts';
import { query } from './query.ts';
import { queryJson } from './query-json.ts';
import { restJson } from './rest-json.ts';
import { restXml } from './rest-xml.ts';
import { rpcV2Cbor } from './rpc-v2-cbor.ts';

export const protocols: Readonly<Record<ProtocolName, Protocol>> = {
  ec2: ec2Query,
  json,
  query,
  'rest-json': restJson,
  'rest-xml': restXml,
  'smithy-rpc-v2-cbor': rpcV2Cbor,
};

/** The body is not looked at, so that an error can be answered before it was read. */
export function protocolFor(service: ServiceModel, request: RequestHead): Protocol {
  const spoken = service.protocols;
  const looksLike = spoken.length === 1 ? undefined : protocolNameOf(request);
  const protocol = protocols[looksLike && spoken.includes(looksLike) ? looksLike : (spoken[0] as ProtocolName)];
  return protocol === query && /^application\/json\b/.test(request.headers['accept'] ?? '') ? queryJson : protocol;
}

type RequestHead = Pick<WireRequest, 'method' | 'headers' | 'query'>;

function protocolNameOf({ method, headers, query: queryString }: RequestHead): ProtocolName | undefined {
  const contentType = headers['content-type'] ?? '';
  if (headers['smithy-protocol'] === 'rpc-v2-cbor' || contentType.startsWith('application/cbor'))
    return 'smithy-rpc-v2-cbor';
  if (headers['x-amz-target'] !== undefined || contentType.startsWith('application/x-amz-json')) return 'json';
  if (contentType.startsWith('application/x-www-form-urlencoded') || /(?:^|&)Action=/.test(queryString)) return 'query';
  // The others have a body.
  if (method === 'GET') return 'query';
  return undefined;
}
