// The generated models: each loads, all of it resolves, and it says what is known of AWS.

import { describe, expect, test } from 'vitest';
import { botocoreVersion, services } from '../generated/index.ts';
import { loadServiceModel, type OperationModel, type Shape } from './model.ts';

test.each(services.map(({ id }) => id))('%s resolves', (id) => {
  const model = loadServiceModel(id);
  expect(model).toBe(loadServiceModel(id));
  expect(model.operationNames.length).toBeGreaterThan(0);
  const seen = new Set<Shape>();
  const visit = (shape: Shape): void => {
    if (seen.has(shape)) return;
    seen.add(shape);
    if (shape.type === 'list') visit(shape.element.shape);
    if (shape.type === 'map') for (const part of [shape.key, shape.value]) visit(part.shape);
    if (shape.type !== 'structure') return;
    for (const name of shape.required) expect(shape.member(name), `${shape.name}.${name}`).toBeDefined();
    for (const member of shape.members) visit(member.shape);
  };
  for (const name of model.operationNames) {
    const operation = model.operation(name) as OperationModel;
    for (const shape of [operation.input, operation.output, ...operation.errors]) visit(shape);
    for (const error of operation.errors) expect(error.error, `${name}: ${error.name}`).toBeDefined();
    for (const [label] of operation.http.requestUri.matchAll(/\{[^}]+\}/g)) {
      const wireName = label.replace(/[{}+]/g, '');
      expect(
        operation.input.members.some((member) => member.location === 'uri' && member.locationName === wireName),
        `${name}: ${label}`,
      ).toBe(true);
    }
  }
});

describe('what the models say', () => {
  test('the routing table agrees with the models', () => {
    for (const entry of services) expect(loadServiceModel(entry.id)).toMatchObject(entry);
    expect(botocoreVersion).toMatch(/^\d+\.\d+\.\d+$/);
  });

  test('bindings, payloads, labels', () => {
    const { http, input, output, paginator } = loadServiceModel('s3').operation('ListObjectsV2') as OperationModel;
    expect(http).toEqual({ method: 'GET', requestUri: '/{Bucket}?list-type=2', responseCode: 200 });
    expect(input.member('Bucket')).toMatchObject({ location: 'uri', locationName: 'Bucket', required: true });
    expect(output.member('Contents')).toMatchObject({ flattened: true });
    expect(paginator).toMatchObject({
      inputToken: 'ContinuationToken',
      outputToken: 'NextContinuationToken',
      limitKey: 'MaxKeys',
    });
    const put = loadServiceModel('s3').operation('PutObject') as OperationModel;
    expect(put.input.payload).toMatchObject({ name: 'Body', streaming: true });
    expect(put.input.member('Metadata')).toMatchObject({ location: 'headers', locationName: 'x-amz-meta-' });
    expect(put.input.member('ContentMD5')?.location).toBe('header');
  });

  test('errors are found by name and by code', () => {
    const iam = loadServiceModel('iam');
    expect(iam.exception('NoSuchEntity')).toBe(iam.exception('NoSuchEntityException'));
    expect(iam.exception('NoSuchEntity')?.error).toEqual({ code: 'NoSuchEntity', statusCode: 404, fault: 'client' });
    expect(iam.exception('__proto__')).toBeUndefined();
    expect(loadServiceModel('sqs').exception('AWS.SimpleQueueService.NonExistentQueue')?.name).toBe(
      'QueueDoesNotExist',
    );
  });

  test('names that no model has', () => {
    for (const name of ['Nothing', '__proto__', 'constructor', ''])
      expect(loadServiceModel('ec2').operation(name)).toBeUndefined();
    for (const id of ['nothing', '../secrets', '']) expect(() => loadServiceModel(id)).toThrow();
  });
});
