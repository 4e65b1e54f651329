// Paths below /_aws/ that are no operation of AWS: LocalStack has them, and tests look there at what was sent. They ask
// for no signature; with `--auth=strict` only whoever may run the cloud may look.

import type { Scope } from '../kernel/table.ts';
import { defaultAccount, defaultRegion } from './account.ts';
import type { GatewayRequest, GatewayResponse } from './request.ts';

export function inspectionAnswer(body: unknown, status = 200): GatewayResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(body)}\n` };
}

export const nothingThere = ({ method, path }: GatewayRequest): GatewayResponse =>
  inspectionAnswer({ error: `there is nothing at ${method} ${path}` }, 404);

export const inspectionRefused = (): GatewayResponse =>
  inspectionAnswer({ error: 'this cloud shows what is in it to those only who run it' }, 403);

/** Whose things are looked at: `?accountId=…&region=…`, or the usual account's in the usual region. */
export function inspectedScope(parameters: URLSearchParams): Scope {
  const account = parameters.get('accountId') ?? defaultAccount;
  const region = parameters.get('region') ?? defaultRegion;
  // They are parts of keys. What cannot be one has nothing to be looked at.
  return /^\d{12}$/.test(account) && /^[a-z0-9-]{1,32}$/.test(region)
    ? { account, region }
    : { account: 'nobody', region: 'nowhere' };
}
