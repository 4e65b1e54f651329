// Whatever bytes come, decoding answers with an input or with an error of AWS's: never with anything else, never with a
// changed Object.prototype, and never by running out of stack.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AwsError } from '../errors.ts';
import { loadServiceModel, type OperationModel, type ProtocolName, type ServiceId } from '../model.ts';
import { validateInput } from '../validate.ts';
import { encodeCbor } from './cbor.ts';
import type { WireRequest } from './protocol.ts';
import { protocols } from './protocol-for.ts';
import { randomStructure, seededRandom } from './random-values.testing.ts';
import { matchRestRoute } from './rest-routes.ts';

/** Operations with structures, lists, maps, numbers, blobs and shapes that contain themselves. */
const targets: readonly (readonly [ProtocolName, ServiceId, string])[] = [
  ['ec2', 'ec2', 'RunInstances'],
  ['ec2', 'ec2', 'AuthorizeSecurityGroupIngress'],
  ['query', 'sns', 'Publish'],
  ['query', 'sqs', 'SendMessageBatch'],
  ['query', 'cloudwatch', 'PutMetricData'],
  ['json', 'dynamodb', 'PutItem'],
  ['json', 'dynamodb', 'TransactWriteItems'],
  ['json', 'ecs', 'RegisterTaskDefinition'],
  ['json', 'ce', 'GetCostAndUsage'],
  ['rest-json', 'lambda', 'CreateFunction'],
  ['rest-json', 'lambda', 'Invoke'],
  ['rest-json', 'appsync', 'CreateGraphqlApi'],
  ['rest-xml', 's3', 'PutBucketLifecycleConfiguration'],
  ['rest-xml', 's3', 'PutObject'],
  ['rest-xml', 's3', 'SelectObjectContent'],
  ['rest-xml', 'route53', 'ChangeResourceRecordSets'],
  ['smithy-rpc-v2-cbor', 'cloudwatch', 'PutMetricData'],
  ['smithy-rpc-v2-cbor', 'servicediscovery', 'RegisterInstance'],
];

describe.each(targets)('%s %s %s', (protocolName, serviceId, name) => {
  const operation = loadServiceModel(serviceId).operation(name) as OperationModel;
  const protocol = protocols[protocolName];

  const decode = (request: Partial<WireRequest>): unknown => {
    const whole = { method: 'POST', path: '/', query: '', headers: {}, body: new Uint8Array(0), ...request };
    try {
      const input = protocol.decode(operation, whole, {});
      validateInput(operation, input);
      return input;
    } catch (error) {
      if (!(error instanceof AwsError)) throw error;
      expect(error.code).not.toBe('');
      expect(error.statusCode).toBeLessThan(500);
      return error;
    }
  };

  test('takes any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), (body, query) => void decode({ body, query })),
    );
  });

  test('takes any text of its kind', () => {
    fc.assert(
      fc.property(documentText(protocolName, operation), (body) => void decode({ body })),
      { numRuns: 300 },
    );
  });

  test('takes a good request that was damaged', () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(fc.integer(), damage, (seed, bytes) => {
        const body = Buffer.from(goodBody(protocolName, operation, seed));
        for (const [at, byte] of bytes) if (body.length > 0) body[at % body.length] = byte;
        decode({ body });
      }),
    );
  });

  test('takes any headers and query', () => {
    const names = fc.constantFrom(...headerNames(operation), 'x-amz-meta-__proto__', 'content-type', 'x-amz-target');
    const queries = fc.constantFrom(
      '%',
      '%zz',
      '%ff',
      '&&=',
      'a=%E0%A4',
      'max-keys=x&max-keys=9',
      `${'a.'.repeat(50)}=1`,
      '__proto__=1',
    );
    fc.assert(
      fc.property(fc.dictionary(names, fc.string()), queries, (headers, query) => void decode({ headers, query })),
    );
  });

  test('refuses endless nesting without following it', () => {
    const depth = 200_000;
    const bodies = [
      '['.repeat(depth),
      '['.repeat(depth) + ']'.repeat(depth),
      `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`,
      '{"a":'.repeat(depth),
      '<a>'.repeat(depth),
      `${'a.'.repeat(depth)}b=1`,
    ];
    for (const text of bodies) decode({ body: Buffer.from(text) });
    for (const byte of [0x81, 0x9f, 0xc1, 0xa1]) decode({ body: Buffer.alloc(depth, byte) });
    decode({ body: Buffer.from('a1614d'.repeat(depth), 'hex') });
  });

  test('leaves Object.prototype alone', () => {
    const poison = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const members = operation.input.members.map(({ name: key, locationName }) => `"${locationName ?? key}":${poison}`);
    decode({ body: Buffer.from(`{"__proto__":{"polluted":1},${members.join(',')}}`) });
    decode({
      body: Buffer.from(
        '__proto__.polluted=1&constructor.prototype.polluted=1&Attributes.entry.1.key=__proto__&Attributes.entry.1.value=1',
      ),
    });
    decode({
      body: encodeCbor(JSON.parse(`{"__proto__":{"polluted":1},"Attributes":${poison},"MetricData":[${poison}]}`)),
    });
    decode({ headers: { 'x-amz-meta-__proto__': '1' }, query: '__proto__=1&__proto__.polluted=2' });
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

test('recursion inside a shape that contains itself is bounded', () => {
  const putItem = loadServiceModel('dynamodb').operation('PutItem') as OperationModel;
  const nested = (depth: number) =>
    `{"TableName":"t","Item":{"a":${'{"L":['.repeat(depth)}{"S":"x"}${']}'.repeat(depth)}}}`;
  const request = (text: string): WireRequest => ({
    method: 'POST',
    path: '/',
    query: '',
    headers: {},
    body: Buffer.from(text),
  });
  expect(protocols.json.decode(putItem, request(nested(32)), {})).toBeTypeOf('object');
  expect(() => protocols.json.decode(putItem, request(nested(5000)), {})).toThrow(AwsError);
});

test('a map may have any key, and lookups in it find nothing else', () => {
  const decoded = (protocol: ProtocolName, id: ServiceId, name: string, body: string, headers = {}): unknown => {
    const request = { method: 'POST', path: '/', query: '', headers, body: Buffer.from(body) };
    return protocols[protocol].decode(loadServiceModel(id).operation(name) as OperationModel, request, {});
  };
  const maps = [
    (decoded('json', 'dynamodb', 'PutItem', '{"Item":{"__proto__":{"S":"x"}}}') as { Item: object }).Item,
    (
      decoded('query', 'sns', 'CreateTopic', 'Attributes.entry.1.key=__proto__&Attributes.entry.1.value=x') as {
        Attributes: object;
      }
    ).Attributes,
    (decoded('rest-xml', 's3', 'PutObject', '', { 'x-amz-meta-__proto__': 'x' }) as { Metadata: object }).Metadata,
  ];
  for (const map of maps) {
    expect(Object.keys(map)).toEqual(['__proto__']);
    expect((map as Record<string, unknown>)['constructor']).toBeUndefined();
  }
});

test('any path of a REST service is routed or not, and nothing else', () => {
  const segment = fc.oneof(
    fc.constantFrom('', '..', '%2F', '%', '%zz', '{Bucket}', '2015-03-31', 'functions', '__proto__', 'constructor'),
    fc.string(),
  );
  const paths = fc.array(segment, { maxLength: 8 }).map((parts) => `/${parts.join('/')}`);
  const methods = fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'constructor');
  fc.assert(
    fc.property(
      fc.constantFrom<ServiceId>('s3', 'lambda', 'route53', 'apigateway', 'eks'),
      methods,
      paths,
      fc.string(),
      (id, method, path, query) => {
        try {
          matchRestRoute(loadServiceModel(id), { method, path, query, headers: {} });
        } catch (error) {
          if (!(error instanceof AwsError)) throw error;
        }
      },
    ),
    { numRuns: 2000 },
  );
});

function goodBody(protocol: ProtocolName, operation: OperationModel, seed: number): string | Uint8Array {
  const input = randomStructure(operation.input, seededRandom(seed), { density: 0.7, deepest: 3 });
  switch (protocol) {
    case 'smithy-rpc-v2-cbor':
      return encodeCbor(input);
    case 'json':
    case 'rest-json':
      return JSON.stringify(input, (_key, value) => (value instanceof Uint8Array ? 'AAAA' : value));
    case 'rest-xml':
      return xmlOf(
        operation.input.payload?.locationName ?? operation.input.payload?.shape.name ?? operation.inputName ?? 'Root',
        input,
      );
    default:
      return formOf('', input).join('&');
  }
}

function xmlOf(name: string, value: unknown): string {
  if (typeof value !== 'object' || value === null) return `<${name}>${String(value).replace(/[&<]/g, '')}</${name}>`;
  return `<${name}>${Object.entries(value)
    .map(([key, part]) => xmlOf(/^\d/.test(key) ? 'member' : key.replace(/[^\w]/g, '_'), part))
    .join('')}</${name}>`;
}

function formOf(prefix: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [`${prefix}=${encodeURIComponent(String(value))}`];
  return Object.entries(value).flatMap(([key, part]) =>
    formOf(prefix === '' ? key : `${prefix}.${Array.isArray(value) ? Number(key) + 1 : key}`, part),
  );
}

/** Right syntax, wrong everything else, made of the names that the operation knows. */
function documentText(protocol: ProtocolName, operation: OperationModel): fc.Arbitrary<Uint8Array> {
  const names = operation.input.members.flatMap(({ name, locationName }) => [name, locationName ?? name]);
  const key = fc.oneof(fc.constantFrom(...names, 'member', 'entry', '1', '__proto__', 'M', 'L', 'S'), fc.string());
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom('NaN', '1e400', '-1', '2024-01-01T00:00:00Z', 'true'),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.array(tie('tree'), { maxLength: 3 }),
      fc.dictionary(key, tie('tree'), { maxKeys: 4 }),
    ),
  }));
  const document = fc.dictionary(key, tree, { maxKeys: 5 });
  if (protocol === 'smithy-rpc-v2-cbor') return document.map(encodeCbor);
  if (protocol === 'json' || protocol === 'rest-json')
    return document.map((value) => Buffer.from(JSON.stringify(value)));
  if (protocol === 'rest-xml') {
    const root = operation.input.payload?.locationName ?? operation.inputName ?? 'Root';
    return document.map((value) => Buffer.from(xmlOf(root, value)));
  }
  return document.map((value) => Buffer.from(formOf('', value).join('&')));
}

function headerNames(operation: OperationModel): readonly string[] {
  return operation.input.members.flatMap(({ location, locationName }) =>
    location === 'header' && locationName ? [locationName.toLowerCase()] : [],
  );
}
