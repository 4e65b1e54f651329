// Runs one operation: finds it in its service's manifest, opens the transaction, builds the context, and waits for the
// disk before the answer may leave. Requests over HTTP and calls between services both end here.

import type { ServiceApis } from '../generated/apis.ts';
import type { ServiceId } from '../generated/index.ts';
import { newUuid } from '../kernel/ids.ts';
import type { SpecTransaction } from '../kernel/store.ts';
import { defineSpecTable, type Scope } from '../kernel/table.ts';
import { type Authorizer, noPolicies } from './authorize.ts';
import { type AwsError, awsError } from './errors.ts';
import { loadServiceModel, type OperationModel } from './model.ts';
import type { AdmittedCall, AsyncClient, OperationContext, RequestContext, SyncClient } from './operation.ts';
import {
  type AsyncSurroundings,
  type Caller,
  type ContextSurroundings,
  TransactionContext,
  WaitingContext,
} from './operation-context.ts';
import type { Principal } from './principal.ts';
import type { GatewayRequest } from './request.ts';
import type { AnyOperation, Service, World } from './service.ts';
import { validateInput } from './validate.ts';

export interface Invoker {
  /** Runs a validated, authorized operation and resolves when what it wrote is durable. */
  invoke(
    service: Service,
    operation: OperationModel,
    context: RequestContext,
    input: unknown,
    caller: Caller,
  ): Promise<unknown>;
  /** A client for reconcilers and servers: the same operations, as `principal`. */
  client: World['client'];
}

export interface InvokerOptions extends Pick<World, 'store' | 'clock' | 'random' | 'log' | 'host' | 'drivers'> {
  readonly services: ReadonlyMap<string, Service>;
  readonly authorizer: Authorizer;
  readonly endpoint: string;
}

/** Which services have made what AWS has in every account and region from the start. */
const openedScopes = defineSpecTable<Record<never, never>>({ name: 'aws.openedScopes' });

export function createInvoker(options: InvokerOptions): Invoker {
  const { store, services } = options;

  const surroundings: ContextSurroundings = {
    store,
    isBuilt: (serviceId, name) => hasOperation(services.get(serviceId), name),
    client: <Id extends ServiceId>(ctx: TransactionContext, serviceId: Id) =>
      operationProxy((name) => {
        const service = requireService(services, serviceId);
        const operation = loadServiceModel(serviceId).operation(name);
        const run = operation && service.operations[name];
        if (!operation || !run) throw notBuilt(serviceId, name);
        return (input) => {
          validateInput(operation, input);
          return runSync(service, run, ctx, ctx.transaction, input);
        };
      }) as SyncClient<ServiceApis[Id]>,
  };

  const operationContext = (request: RequestContext, transaction: SpecTransaction): OperationContext =>
    new TransactionContext(request, transaction, surroundings);

  function runSync(
    service: Service,
    run: AnyOperation,
    request: RequestContext,
    transaction: SpecTransaction,
    input: unknown,
  ): unknown {
    const ctx = operationContext(request, transaction);
    openScope(service, ctx);
    return run(ctx, input as never);
  }

  const inService = <T>(service: Service, request: RequestContext, change: (ctx: OperationContext) => T): T =>
    store.changeSpecs((transaction) => {
      const ctx = operationContext(request, transaction);
      openScope(service, ctx);
      return change(ctx);
    });

  async function invoke(
    service: Service,
    operation: OperationModel,
    request: RequestContext,
    input: unknown,
    caller: Caller,
  ): Promise<unknown> {
    const run = service.operations[operation.name];
    const runAsync = service.asyncOperations?.[operation.name];
    if (run && !runAsync) {
      const output = store.changeSpecs((transaction) => {
        const result = runSync(service, run, request, transaction, input);
        if (isDryRun(input)) throw dryRunSucceeded();
        return result;
      });
      await store.flushed();
      return output;
    }
    if (!runAsync) throw notBuilt(service.id, operation.name);
    const isDry = isDryRun(input);
    const ctx = new WaitingContext(request, caller, isDry ? makeWaiting(service, isDry) : waitingIn(service));
    const output = await runAsync(ctx, input as never);
    if (isDry) throw dryRunSucceeded();
    await store.flushed();
    return output;
  }

  const makeWaiting = (service: Service, isDry: boolean): AsyncSurroundings => ({
    store,
    drivers: options.drivers,
    transact: (request, change) => inService(service, request, isDry ? rolledBack(change) : change),
    validate: (serviceId, operationName, input) =>
      validateInput(requireOperation(serviceId, operationName).operation, input),
    admit,
    client,
  });

  const waiting = new Map<Service, AsyncSurroundings>();

  function waitingIn(service: Service): AsyncSurroundings {
    const known = waiting.get(service) ?? makeWaiting(service, false);
    waiting.set(service, known);
    return known;
  }

  function requireOperation(serviceId: ServiceId, operationName: string) {
    const service = requireService(services, serviceId);
    const operation = loadServiceModel(serviceId).operation(operationName);
    if (!operation) throw notBuilt(serviceId, operationName);
    return { service, operation };
  }

  const contextOf = ({ receiver, principal }: AdmittedCall) => internalContext(receiver, principal, undefined);

  function admit(call: AdmittedCall): void {
    const { service, operation } = requireOperation(call.serviceId, call.operationName);
    options.authorizer.admit(service, operation, call, contextOf);
  }

  function internalContext(scope: Scope, principal: Principal, request: GatewayRequest | undefined): RequestContext {
    const { authorizer, clock, random, log, host, endpoint } = options;
    return {
      account: scope.account,
      region: scope.region,
      requestId: newUuid(random),
      principal,
      policies: authorizer.policiesOf(principal) ?? noPolicies,
      accesses: [],
      nowMs: clock.now(),
      random,
      log,
      host,
      endpoint,
      request,
      trailers: undefined,
      body: undefined,
    };
  }

  function client<Id extends ServiceId>(
    serviceId: Id,
    scope: Scope,
    principal: Principal,
    request?: GatewayRequest,
  ): AsyncClient<ServiceApis[Id]> {
    return operationProxy((operationName) => async (input) => {
      const { service, operation } = requireOperation(serviceId, operationName);
      validateInput(operation, input);
      const context = internalContext(scope, principal, request);
      // What is delivered to somebody is for the receiver's policy to decide.
      if (principal.source) options.authorizer.authorize(service, operation, context, input);
      return invoke(service, operation, context, input, request ?? neverAborted);
    }) as AsyncClient<ServiceApis[Id]>;
  }

  return { invoke, client };
}

/** The caller of an internal request does not hang up. */
const neverAborted = new AbortController();

function openScope(service: Service, ctx: OperationContext): void {
  if (!service.openScope) return;
  const opened = ctx.table(openedScopes);
  if (opened.has(service.id)) return;
  opened.insert(service.id, {});
  service.openScope(ctx);
}

function operationProxy(operation: (name: string) => (input: unknown) => unknown): unknown {
  return new Proxy(
    {},
    { get: (_target, name) => (typeof name === 'string' && name !== 'then' ? operation(name) : undefined) },
  );
}

function isDryRun(input: unknown): boolean {
  return typeof input === 'object' && input !== null && (input as { DryRun?: unknown }).DryRun === true;
}

/** A dry run of an operation that waits ends with its first transaction, before it can have touched the world. */
function rolledBack<T>(change: (ctx: OperationContext) => T): (ctx: OperationContext) => T {
  return (ctx) => {
    change(ctx);
    throw dryRunSucceeded();
  };
}

function dryRunSucceeded(): AwsError {
  return awsError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
}

/** The answer to an operation that AWS has and cloudlet has not: an error that names it, never a pretence. */
export function notBuilt(serviceId: string, operationName: string): AwsError {
  return awsError('UnsupportedOperation', `cloudlet does not support ${serviceId}:${operationName} yet.`);
}

/** Asked before the input is looked at: whoever calls what is not there need not get its parameters right first. */
export function requireBuilt(
  services: ReadonlyMap<string, Service>,
  { service: { id }, name }: OperationModel,
): Service {
  const service = services.get(id);
  if (!service || !hasOperation(service, name)) throw notBuilt(id, name);
  return service;
}

function hasOperation(service: Service | undefined, name: string): boolean {
  return (service?.operations[name] ?? service?.asyncOperations?.[name]) !== undefined;
}

function requireService(services: ReadonlyMap<string, Service>, id: string): Service {
  const service = services.get(id);
  if (!service) throw notBuilt(id, '*');
  return service;
}
