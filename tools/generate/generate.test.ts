// The generator on a model small enough to see through.

import { expect, test } from 'vitest';
import type { BotocoreModel } from './botocore.ts';
import { compactModel, formatCompact } from './compact.ts';
import { formatTypes } from './types.ts';

const model: BotocoreModel = {
  metadata: {
    serviceId: 'Tiny',
    apiVersion: '2020-01-01',
    endpointPrefix: 'tiny',
    protocol: 'query',
    documentation: 'gone',
  },
  operations: {
    PutThing: {
      name: 'PutThing',
      http: { method: 'POST', requestUri: '/' },
      input: { shape: 'PutThingRequest' },
      output: { shape: 'PutThingResult', resultWrapper: 'PutThingResult' },
      errors: [{ shape: 'NoThing' }],
      documentation: 'gone',
    },
    Ping: { name: 'Ping', http: { method: 'GET', requestUri: '/ping' } },
  },
  shapes: {
    PutThingRequest: {
      type: 'structure',
      required: ['Name'],
      members: {
        Name: { shape: 'Name', documentation: 'gone' },
        Tags: { shape: 'TagMap', locationName: 'tag' },
        Body: { shape: 'Blob', streaming: true },
        When: { shape: 'When' },
      },
    },
    PutThingResult: {
      type: 'structure',
      members: {
        Body: { shape: 'Blob', streaming: true },
        Kinds: { shape: 'Kinds' },
        Self: { shape: 'PutThingResult' },
      },
    },
    NoThing: {
      type: 'structure',
      members: {},
      error: { code: 'NoThing', httpStatusCode: 404, senderFault: true },
      exception: true,
    },
    Name: { type: 'string', min: 1, max: 10, pattern: 'a+' },
    Plain: { type: 'string', documentation: 'gone' },
    TagMap: { type: 'map', key: { shape: 'Plain' }, value: { shape: 'Name' } },
    Kinds: { type: 'list', member: { shape: 'Kind' } },
    Kind: { type: 'string', enum: ['a', "b'c"] },
    Blob: { type: 'blob' },
    When: { type: 'timestamp' },
    Unused: { type: 'structure', members: {} },
  },
};

test('shapes are compact: no prose, nothing unused, plain primitives by their type', () => {
  const compact = compactModel(
    'tiny',
    model,
    { PutThing: { input_token: 'A', output_token: 'B' } },
    { maps: { TagMap: ['Key', 'Value'] } },
  );
  expect(compact.metadata).toMatchObject({ id: 'tiny', serviceId: 'Tiny', protocols: ['query'], signingName: 'tiny' });
  expect(compact.operations['PutThing']).toEqual({
    http: ['POST', '/'],
    input: 'PutThingRequest',
    output: 'PutThingResult',
    resultWrapper: 'PutThingResult',
    errors: ['NoThing'],
    paginator: { inputToken: 'A', outputToken: 'B' },
  });
  expect(compact.shapes).toEqual({
    Kind: { type: 'string', enum: ['a', "b'c"] },
    Kinds: { type: 'list', member: 'Kind' },
    Name: { type: 'string', min: 1, max: 10, pattern: 'a+' },
    NoThing: {
      type: 'structure',
      exception: true,
      error: { code: 'NoThing', httpStatusCode: 404, senderFault: true },
      members: {},
    },
    PutThingRequest: {
      type: 'structure',
      required: ['Name'],
      members: { Name: 'Name', Tags: 'TagMap tag', Body: { shape: 'blob', streaming: true }, When: 'timestamp' },
    },
    PutThingResult: {
      type: 'structure',
      members: { Body: { shape: 'blob', streaming: true }, Kinds: 'Kinds', Self: 'PutThingResult' },
    },
    TagMap: { type: 'map', key: { shape: 'string', queryName: 'Key' }, value: { shape: 'Name', queryName: 'Value' } },
  });
  expect(JSON.parse(formatCompact(compact))).toEqual(JSON.parse(JSON.stringify(compact)));
});

test('types', () => {
  const text = formatTypes('tiny-thing', model);
  expect(text).toContain(`export interface TinyThingApi {
  Ping: { input: {}; output: {} };
  PutThing: { input: PutThingRequest; output: PutThingResult };
}`);
  expect(text).toContain(`export interface PutThingRequest {
  Name: string;
  Tags?: { readonly [key: string]: string } | undefined;
  Body?: AsyncIterable<Uint8Array> | undefined;
  When?: number | undefined;
}`);
  expect(text).toContain(`export interface PutThingResult {
  Body?: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  Kinds?: readonly Kind[] | undefined;
  Self?: PutThingResult | undefined;
}`);
  expect(text).toContain(`export type Kind = 'a' | 'b\\'c';`);
  expect(text).not.toContain('Unused');
});
