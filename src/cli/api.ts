// A client for the AWS operations of a running cloud, typed by AWS's own models, for the commands that need a few of
// them. It speaks the two query protocols only, and signs with the key that every cloud accepts.

import { createHash, createHmac } from 'node:crypto';
import { wellKnownSecret } from '../aws/account.ts';
import { AwsError } from '../aws/errors.ts';
import { loadServiceModel, type Member, type OperationModel } from '../aws/model.ts';
import type { AsyncClient } from '../aws/operation.ts';
import { parseXml, type XmlNode } from '../aws/protocols/xml.ts';
import { createXmlDecoder } from '../aws/protocols/xml-decode.ts';
import { canonicalRequest } from '../aws/sigv4-canonical.ts';
import { scopeText, signingKey } from '../aws/sigv4-key.ts';
import type { ServiceApis } from '../generated/apis.ts';
import { formatIso, systemClock } from '../kernel/clock.ts';
import { callHttp } from './http-call.ts';

export interface ApiOptions {
  readonly address: string;
  readonly region: string;
  /** `test`, or an account's number. */
  readonly accessKeyId?: string;
}

type QueryServiceId = 'ec2' | 'sts';

/** `createApi('ec2', cloud).DescribeInstances({})`. A refusal is thrown as the AwsError that the cloud answered. */
export function createApi<Id extends QueryServiceId>(id: Id, options: ApiOptions): AsyncClient<ServiceApis[Id]> {
  const model = loadServiceModel(id);
  const call = (name: string) => async (input: unknown) => {
    const operation = model.operation(name);
    if (!operation) throw new Error(`${id} has no operation ${name}`);
    const pairs: [string, string][] = [
      ['Action', name],
      ['Version', model.apiVersion],
    ];
    for (const member of operation.input.members) {
      addFields(pairs, requestNameOf(member), member, (input as Record<string, unknown>)[member.name]);
    }
    return decodeAnswer(operation, await send(model.signingName, new URLSearchParams(pairs).toString(), options));
  };
  return new Proxy(
    {},
    { get: (_target, name) => (typeof name === 'string' && name !== 'then' ? call(name) : undefined) },
  ) as AsyncClient<ServiceApis[Id]>;
}

/** `securityGroupId` in answers is `SecurityGroupId` in requests of EC2. */
function requestNameOf({ queryName, locationName, name }: Member): string {
  const wireName = queryName ?? locationName ?? name;
  return wireName.charAt(0).toUpperCase() + wireName.slice(1);
}

function addFields(pairs: [string, string][], name: string, { shape }: Member, value: unknown): void {
  if (value === undefined) return;
  if (shape.type === 'structure') {
    for (const member of shape.members) {
      addFields(pairs, `${name}.${requestNameOf(member)}`, member, (value as Record<string, unknown>)[member.name]);
    }
  } else if (shape.type === 'list') {
    for (const [i, part] of (value as readonly unknown[]).entries())
      addFields(pairs, `${name}.${i + 1}`, shape.element, part);
  } else if (shape.type === 'timestamp') {
    pairs.push([name, formatIso(value as number)]);
  } else if (shape.type === 'blob') {
    pairs.push([name, Buffer.from(value as Uint8Array).toString('base64')]);
  } else {
    pairs.push([name, String(value)]);
  }
}

async function send(service: string, body: string, options: ApiOptions): Promise<{ status: number; root: XmlNode }> {
  const headers = signedHeaders(service, body, options);
  const { status, body: text } = await callHttp(
    { address: options.address },
    { method: 'POST', path: '/', headers, body },
  );
  try {
    return { status, root: parseXml(text) };
  } catch (error) {
    throw new Error(`${options.address} did not answer as AWS does (status ${status}): ${text.slice(0, 200)}`, {
      cause: error,
    });
  }
}

function signedHeaders(service: string, body: string, options: ApiOptions): Record<string, string> {
  const { address, region, accessKeyId = 'test' } = options;
  const time = formatIso(systemClock.now(), 'seconds').replace(/[-:]/g, '');
  const headers = {
    'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    host: new URL(address).host,
    'x-amz-date': time,
  };
  const scope = { date: time.slice(0, 8), region, service };
  const names = Object.keys(headers);
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const canonical = canonicalRequest({ method: 'POST', path: '/', query: '', headers }, service, names, hash(body));
  const toSign = ['AWS4-HMAC-SHA256', time, scopeText(scope), hash(canonical)].join('\n');
  const signature = createHmac('sha256', signingKey(wellKnownSecret, scope)).update(toSign).digest('hex');
  return {
    ...headers,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scopeText(scope)}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
  };
}

const decoder = createXmlDecoder(({ reason }) => new AwsError('UnreadableAnswer', reason, 500, undefined));

function decodeAnswer(operation: OperationModel, { status, root }: { status: number; root: XmlNode }): unknown {
  if (status >= 300) {
    const error = findNode(root, 'Error');
    const textOf = (name: string) => error?.children.find((child) => child.name === name)?.text ?? '';
    throw new AwsError(textOf('Code') || 'UnknownError', textOf('Message'), status, undefined);
  }
  const { resultWrapper, output } = operation;
  const result = resultWrapper === undefined ? root : findNode(root, resultWrapper);
  return decoder.structure(output)(result ?? root);
}

function findNode(node: XmlNode, name: string): XmlNode | undefined {
  if (node.name === name) return node;
  for (const child of node.children) {
    const found = findNode(child, name);
    if (found) return found;
  }
  return undefined;
}
