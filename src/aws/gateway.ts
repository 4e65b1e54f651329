// The path of a request: route → authenticate → decode → validate → authorize → invoke → encode. Seven steps in one
// function with one catch; what is not visible here does not happen.

import { afterThisTurn, type Clock } from '../kernel/clock.ts';
import { newUuid } from '../kernel/ids.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import { authenticate, type FindCredential, type KeyTrust } from './authenticate.ts';
import type { Authorizer } from './authorize.ts';
import type { Call, CallObserver } from './calls.ts';
import { answerError } from './error-answer.ts';
import { AwsError } from './errors.ts';
import type { HostFacts } from './host.ts';
import { type Invoker, requireBuilt } from './invoke.ts';
import { type AskedCall, ObservedCall } from './observed-call.ts';
import type { RequestContext } from './operation.ts';
import type { WireResponse, WireResponseParts } from './protocols/protocol.ts';
import { protocolFor } from './protocols/protocol-for.ts';
import { receive } from './receive.ts';
import type { Gateway, GatewayRequest } from './request.ts';
import { type OperationRoute, signingNameOf } from './route.ts';
import type { Service } from './service.ts';
import { validateInput } from './validate.ts';

export interface GatewayOptions {
  readonly services: ReadonlyMap<string, Service>;
  readonly invoker: Invoker;
  readonly authorizer: Authorizer;
  readonly findCredential: FindCredential;
  readonly auth: KeyTrust;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly host: HostFacts;
  /** Where this cloud is reached when a request names no host. */
  readonly endpoint: string;
  /** Told of every call whose caller is known. */
  readonly observe: CallObserver;
}

/** An answer that takes long to find takes as long again to write (a page of 1000 instances is 4 MB of XML). */
const longTurnMs = 2;

/** Resolves when whatever else has come in meanwhile was seen to. */
const othersTurn = (): Promise<void> => new Promise(afterThisTurn);

/** What is written in one turn becomes bytes in it: those of a long text take long, too. */
async function encodeInTurns(
  { status, headers, parts }: WireResponseParts,
  clock: Pick<Clock, 'monotonicMs'>,
): Promise<WireResponse> {
  const written: Buffer[] = [];
  let text = '';
  let sinceMs = clock.monotonicMs();
  for (const part of parts) {
    text += part;
    if (clock.monotonicMs() - sinceMs <= longTurnMs) continue;
    written.push(Buffer.from(text));
    text = '';
    await othersTurn();
    sinceMs = clock.monotonicMs();
  }
  return { status, headers, body: written.length === 0 ? text : Buffer.concat([...written, Buffer.from(text)]) };
}

export function createGateway(options: GatewayOptions): Gateway {
  const { auth, authorizer, findCredential, clock, random, log, host, observe } = options;
  const logAnswer = (
    { method, path }: GatewayRequest,
    route: OperationRoute | undefined,
    status: number,
    startedMs: number,
    error?: unknown,
  ) => {
    const what = route ? `${route.operation.service.id}.${route.operation.name}` : `${method} ${path}`;
    const ms = Math.round((clock.monotonicMs() - startedMs) * 10) / 10;
    log.info(what, { status, ms, ...(error instanceof Error && { error: error.name }) });
  };
  return async (request) => {
    const requestId = newUuid(random);
    const startedMs = clock.monotonicMs();
    let route: OperationRoute | undefined;
    let asked: AskedCall | undefined;
    try {
      const incoming = receive(request, signingNameOf(request));
      const received = incoming instanceof Promise ? await incoming : incoming;
      route = received.route;
      const { operation } = route;
      const nowMs = clock.now();
      const caller = authenticate(received, { auth, findCredential, policiesOf: authorizer.policiesOf, nowMs });
      const service = requireBuilt(options.services, operation);
      const protocol = protocolFor(operation.service, received.wire);
      const input = protocol.decode(operation, caller.wire, route.pathLabels);
      validateInput(operation, input);
      const { account, region, principal, policies } = caller;
      const endpoint = request.headers['host'] ? `http://${request.headers['host']}` : options.endpoint;
      const context: RequestContext = {
        account,
        region,
        principal,
        policies,
        accesses: [],
        requestId,
        nowMs,
        random,
        log,
        endpoint,
        host,
        request,
        trailers: caller.wire.trailers,
        body: caller.wire.stream ? undefined : caller.wire.body,
      };
      asked = { operation, context, input };
      authorizer.recordUse(operation, context);
      authorizer.authorize(service, operation, context, input);
      const workedSinceMs = clock.monotonicMs();
      const working = options.invoker.invoke(service, operation, context, input, request);
      // Of what was done in this turn: while an operation waits for the disk, others have theirs.
      const isLong = clock.monotonicMs() - workedSinceMs > longTurnMs;
      const output = await working;
      if (isLong) await othersTurn();
      const response = protocol.encodeParts
        ? await encodeInTurns(protocol.encodeParts(operation, output, requestId), clock)
        : protocol.encode(operation, output, requestId);
      observe(new ObservedCall(asked, output, undefined, response.status, clock.monotonicMs() - startedMs));
      if (log.isEnabled('info')) logAnswer(request, route, response.status, startedMs);
      return response;
    } catch (error) {
      const response = answerError({ error, request, requestId, log, ...(route && { operation: route.operation }) });
      if (asked) {
        const told = error instanceof AwsError ? { code: error.code, message: error.message } : internalFailure;
        observe(new ObservedCall(asked, undefined, told, response.status, clock.monotonicMs() - startedMs));
      }
      if (log.isEnabled('info')) logAnswer(request, route, response.status, startedMs, error);
      return response;
    }
  };
}

const internalFailure: Call['error'] = { code: 'InternalFailure', message: '' };
