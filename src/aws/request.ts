// A request as the gateway takes it: HTTP without the sockets, so that tests and other front ends can make one.

import type { WireResponse } from './protocols/protocol.ts';

export interface GatewayRequest {
  readonly method: string;
  /** Percent-encoded, without the query. */
  readonly path: string;
  /** Raw, without the question mark. */
  readonly query: string;
  /** Lower-case names; repeated headers are joined with a comma. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

export type GatewayResponse = WireResponse;

export type Gateway = (request: GatewayRequest) => Promise<GatewayResponse>;
