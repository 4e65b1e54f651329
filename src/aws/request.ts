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
  readonly body: RequestBody;
  /** The client's; absent for a request that came over no socket. */
  readonly remoteAddress?: string | undefined;
  /** Whether the client has hung up. */
  isGone(): boolean;
  /** Aborted when the client hangs up. Made when it is first asked for: most operations never wait. */
  readonly signal: AbortSignal;
}

/** To be consumed once: read as a whole, or iterated. */
export interface RequestBody extends AsyncIterable<Uint8Array> {
  /** All of it, at once when it is there; undefined when it is longer than `limitBytes`. */
  read(limitBytes: number): WholeBody | Promise<WholeBody>;
}

export type WholeBody = Uint8Array | undefined;

export type GatewayResponse = WireResponse;

export type Gateway = (request: GatewayRequest) => Promise<GatewayResponse>;
