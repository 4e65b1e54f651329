// Who runs the cloud: whoever can read its lock file, where a token stands that is new with each start.

import { timingSafeEqual } from 'node:crypto';
import type { GatewayRequest } from '../aws/request.ts';

/** `Authorization: Bearer …` */
export function createOperatorCheck(token: string): (request: GatewayRequest) => boolean {
  const expected = Buffer.from(`Bearer ${token}`);
  return ({ headers }) => {
    const given = Buffer.from(headers['authorization'] ?? '');
    return given.byteLength === expected.byteLength && timingSafeEqual(given, expected);
  };
}
