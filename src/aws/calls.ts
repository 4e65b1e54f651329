// What is told of every call whose caller is known, to those who keep a history: CloudTrail, and whoever explains denials.

import type { TimestampMs } from '../kernel/clock.ts';
import type { OperationModel } from './model.ts';
import type { Decision } from './policies/decision.ts';
import type { PolicyReport } from './policies/explain.ts';
import type { Principal } from './principal.ts';
import type { GatewayRequest } from './request.ts';

/** One access that a call needed, as it was judged. */
export interface JudgedAccess {
  /** `s3:GetObject` */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** Undefined where no policy was asked: the account's root user at home. */
  readonly decision: Decision | undefined;
  /** Of what was denied. */
  readonly reports?: readonly PolicyReport[] | undefined;
}

export interface Call {
  readonly requestId: string;
  readonly atMs: TimestampMs;
  readonly operation: OperationModel;
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  /** Not to be kept: it holds the body and the socket. */
  readonly request: Pick<GatewayRequest, 'method' | 'path' | 'query' | 'headers' | 'remoteAddress'> | undefined;
  readonly input: unknown;
  /** Undefined for a call that failed. */
  readonly output: unknown;
  readonly error: { readonly code: string; readonly message: string } | undefined;
  readonly accesses: readonly JudgedAccess[];
  /** Of the answer. */
  readonly status: number;
  /** Until the answer was made; a body that streams is still to be sent. */
  readonly tookMs: number;
}

/** Must be quick: the answer waits for it. */
export type CallObserver = (call: Call) => void;
