// Paths below /_aws/ that are no operation of AWS: LocalStack has them, and tests look there at what was sent. They ask
// for no signature.

import type { Scope } from '../kernel/table.ts';
import { defaultAccount, defaultRegion } from './account.ts';
import type { GatewayRequest, GatewayResponse } from './request.ts';

export function inspectionAnswer(body: unknown, status = 200): GatewayResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}

export const nothingThere = ({ method, path }: GatewayRequest): GatewayResponse =>
  inspectionAnswer({ error: `there is nothing at ${method} ${path}` }, 404);

/** Whose things are looked at: `?accountId=…&region=…`, or the usual account's in the usual region. */
export function inspectedScope(parameters: URLSearchParams): Scope {
  return {
    account: parameters.get('accountId') ?? defaultAccount,
    region: parameters.get('region') ?? defaultRegion,
  };
}
