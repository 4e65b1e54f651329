// The contexts of operations. Classes, because there is one for every request: fields are set one by one and methods are
// shared, which costs a fraction of building an object of closures.

import type { Drivers } from '../drivers/drivers.ts';
import type { ServiceApis } from '../generated/apis.ts';
import type { ServiceId } from '../generated/index.ts';
import type { TimestampMs } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import type { SpecTransaction, Store } from '../kernel/store.ts';
import type { Row, Scope, SpecTable, Table } from '../kernel/table.ts';
import type { JudgedAccess } from './calls.ts';
import type { HostFacts } from './host.ts';
import type {
  AdmittedCall,
  AsyncClient,
  AsyncOperationContext,
  OperationContext,
  RequestContext,
  SyncClient,
} from './operation.ts';
import type { PrincipalPolicies } from './policies/decision.ts';
import type { Principal } from './principal.ts';
import type { GatewayRequest } from './request.ts';

/** What a context needs besides its request. */
export interface ContextSurroundings {
  readonly store: Pick<Store, 'find'>;
  isBuilt(serviceId: ServiceId, operationName: string): boolean;
  client<Id extends ServiceId>(ctx: TransactionContext, serviceId: Id): SyncClient<ServiceApis[Id]>;
}

export class TransactionContext implements OperationContext {
  readonly account: string;
  readonly region: string;
  readonly requestId: string;
  readonly principal: Principal;
  readonly policies: PrincipalPolicies;
  readonly accesses: JudgedAccess[];
  readonly nowMs: TimestampMs;
  readonly random: Random;
  readonly log: Log;
  readonly endpoint: string;
  readonly host: HostFacts;
  readonly request: GatewayRequest | undefined;
  readonly trailers: ReadonlyMap<string, string> | undefined;
  readonly body: Uint8Array | undefined;
  readonly transaction: SpecTransaction;
  readonly #surroundings: ContextSurroundings;

  constructor(request: RequestContext, transaction: SpecTransaction, surroundings: ContextSurroundings) {
    this.account = request.account;
    this.region = request.region;
    this.requestId = request.requestId;
    this.principal = request.principal;
    this.policies = request.policies;
    this.accesses = request.accesses;
    this.nowMs = request.nowMs;
    this.random = request.random;
    this.log = request.log;
    this.endpoint = request.endpoint;
    this.host = request.host;
    this.request = request.request;
    this.trailers = request.trailers;
    this.body = request.body;
    this.transaction = transaction;
    this.#surroundings = surroundings;
  }

  table<Spec, Status>(table: Table<Spec, Status>): SpecTable<Spec, Status> {
    return this.tableIn(table, this);
  }

  tableIn<Spec, Status>(table: Table<Spec, Status>, { account, region }: Scope): SpecTable<Spec, Status> {
    return this.transaction.table(table, { account, region: table.isGlobal ? '' : region });
  }

  find<Spec, Status>(table: Table<Spec, Status>, id: string): Row<Spec, Status> | undefined {
    return this.#surroundings.store.find(table, id);
  }

  isBuilt(serviceId: ServiceId, operationName: string): boolean {
    return this.#surroundings.isBuilt(serviceId, operationName);
  }

  client<Id extends ServiceId>(serviceId: Id, scope?: Scope): SyncClient<ServiceApis[Id]> {
    return this.#surroundings.client(scope ? this.#within(scope) : this, serviceId);
  }

  #within({ account, region }: Scope): TransactionContext {
    return new TransactionContext({ ...this, account, region }, this.transaction, this.#surroundings);
  }
}

/** Somebody who may hang up. */
export interface Caller {
  readonly signal: AbortSignal;
}

export interface AsyncSurroundings {
  readonly store: Pick<Store, 'find' | 'get' | 'getBy'>;
  validate(serviceId: ServiceId, operationName: string, input: unknown): void;
  admit(call: AdmittedCall): void;
  readonly drivers: Drivers;
  transact<T>(request: RequestContext, run: (ctx: OperationContext) => T): T;
  readonly client: AsyncOperationContext['client'];
}

export class WaitingContext implements AsyncOperationContext {
  readonly account: string;
  readonly region: string;
  readonly requestId: string;
  readonly principal: Principal;
  readonly policies: PrincipalPolicies;
  readonly accesses: JudgedAccess[];
  readonly nowMs: TimestampMs;
  readonly random: Random;
  readonly log: Log;
  readonly endpoint: string;
  readonly host: HostFacts;
  readonly request: GatewayRequest | undefined;
  readonly trailers: ReadonlyMap<string, string> | undefined;
  readonly body: Uint8Array | undefined;
  readonly #caller: Caller;
  readonly #surroundings: AsyncSurroundings;

  constructor(request: RequestContext, caller: Caller, surroundings: AsyncSurroundings) {
    this.account = request.account;
    this.region = request.region;
    this.requestId = request.requestId;
    this.principal = request.principal;
    this.policies = request.policies;
    this.accesses = request.accesses;
    this.nowMs = request.nowMs;
    this.random = request.random;
    this.log = request.log;
    this.endpoint = request.endpoint;
    this.host = request.host;
    this.request = request.request;
    this.trailers = request.trailers;
    this.body = request.body;
    this.#caller = caller;
    this.#surroundings = surroundings;
  }

  get signal(): AbortSignal {
    return this.#caller.signal;
  }

  get drivers(): Drivers {
    return this.#surroundings.drivers;
  }

  find<Spec, Status>(table: Table<Spec, Status>, id: string): Row<Spec, Status> | undefined {
    return this.#surroundings.store.find(table, id);
  }

  transact<T>(run: (ctx: OperationContext) => T): T {
    return this.#surroundings.transact(this, run);
  }

  get<Spec, Status>(table: Table<Spec, Status>, scope: Scope, id: string): Row<Spec, Status> | undefined {
    return this.#surroundings.store.get(table, scope, id);
  }

  getBy<Spec, Status>(
    table: Table<Spec, Status>,
    scope: Scope,
    index: string,
    value: string,
  ): readonly Row<Spec, Status>[] {
    return this.#surroundings.store.getBy(table, scope, index, value);
  }

  validate(serviceId: ServiceId, operationName: string, input: unknown): void {
    this.#surroundings.validate(serviceId, operationName, input);
  }

  admit(call: AdmittedCall): void {
    this.#surroundings.admit(call);
  }

  client<Id extends ServiceId>(serviceId: Id, scope: Scope, principal: Principal): AsyncClient<ServiceApis[Id]> {
    return this.#surroundings.client(serviceId, scope, principal);
  }
}
