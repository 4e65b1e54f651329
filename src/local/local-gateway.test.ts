// The paths that are not AWS's, where only whoever runs the cloud may use them.

import { expect, it } from 'vitest';
import type { GatewayRequest } from '../aws/request.ts';
import { silentLog } from '../kernel/log.ts';
import { jsonAnswer } from './answers.ts';
import { createLocalGateway } from './local-gateway.ts';
import { createOperatorCheck } from './operator.ts';

const answer = () => jsonAnswer({});
const gateway = createLocalGateway({
  routes: [
    { method: 'GET', path: '/_localstack/health', isOpen: true, answer },
    { method: 'GET', path: '/_cloudlet/version', answer },
    { method: 'POST', path: '/_cloudlet/reset', answer },
  ],
  isOperator: createOperatorCheck('secret'),
  next: async () => ({ status: 299, headers: {}, body: '' }),
  allowedOrigins: [],
  log: silentLog,
});

const statusOf = async (method: string, path: string, authorization?: string): Promise<number> => {
  const headers = authorization === undefined ? {} : { authorization };
  return (await gateway({ method, path, query: '', headers } as unknown as GatewayRequest)).status;
};

it.each([
  ['GET', '/_localstack/health', undefined, 200],
  ['GET', '/_cloudlet/version', undefined, 403],
  ['GET', '/_cloudlet/version', 'Bearer other1', 403],
  ['GET', '/_cloudlet/version', 'Bearer secret', 200],
  ['POST', '/_cloudlet/reset', undefined, 403],
  ['POST', '/_cloudlet/reset', 'Bearer secret', 200],
  ['GET', '/_cloudlet/nothing', undefined, 403],
  ['GET', '/bucket/key', undefined, 299],
] as const)('%s %s with %s answers %i', async (method, path, authorization, status) => {
  expect(await statusOf(method, path, authorization)).toBe(status);
});
