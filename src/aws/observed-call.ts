// A call as the gateway makes it for those who observe. A class, because there is one for every request: fields are set one
// by one, which costs a fraction of spreading objects.

import type { TimestampMs } from '../kernel/clock.ts';
import type { Call, JudgedAccess } from './calls.ts';
import type { OperationModel } from './model.ts';
import type { RequestContext } from './operation.ts';
import type { Principal } from './principal.ts';

export interface AskedCall {
  readonly operation: OperationModel;
  readonly context: RequestContext;
  readonly input: unknown;
}

export class ObservedCall implements Call {
  readonly requestId: string;
  readonly atMs: TimestampMs;
  readonly operation: OperationModel;
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  readonly request: Call['request'];
  readonly input: unknown;
  readonly output: unknown;
  readonly error: Call['error'];
  readonly accesses: readonly JudgedAccess[];
  readonly status: number;
  readonly tookMs: number;

  constructor(
    { operation, context, input }: AskedCall,
    output: unknown,
    error: Call['error'],
    status: number,
    tookMs: number,
  ) {
    this.requestId = context.requestId;
    this.atMs = context.nowMs;
    this.operation = operation;
    this.account = context.account;
    this.region = context.region;
    this.principal = context.principal;
    this.request = context.request;
    this.input = input;
    this.output = output;
    this.error = error;
    this.accesses = context.accesses;
    this.status = status;
    this.tookMs = tookMs;
  }
}
