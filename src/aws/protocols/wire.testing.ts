// For tests of the wire formats: decoding a request from as little as it takes, and telling what was refused.

import { expect } from 'vitest';
import { AwsError } from '../errors.ts';
import { loadServiceModel, type OperationModel, type ServiceId } from '../model.ts';
import type { Protocol, WireRequest } from './protocol.ts';

export const operationOf = (id: ServiceId, name: string) => loadServiceModel(id).operation(name) as OperationModel;

export function request(body: string | Uint8Array, more: Partial<WireRequest> = {}): WireRequest {
  return { method: 'POST', path: '/', query: '', headers: {}, body: Buffer.from(body), ...more };
}

export function decode(
  protocol: Protocol,
  id: ServiceId,
  name: string,
  body: string,
  more: Partial<WireRequest> = {},
  labels = {},
): unknown {
  return protocol.decode(operationOf(id, name), request(body, more), labels);
}

export function refusal(decodeIt: () => unknown): { code: string; message: string; statusCode: number } {
  try {
    decodeIt();
  } catch (error) {
    if (error instanceof AwsError) return { code: error.code, message: error.message, statusCode: error.statusCode };
    throw error;
  }
  return expect.unreachable('it was taken');
}
