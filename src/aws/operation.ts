// What an operation is: `(ctx, input) => output`. Synchronous ones run inside one transaction that is theirs alone;
// an exception rolls it back and becomes the answer.

import type { Drivers } from '../drivers/drivers.ts';
import type { ServiceApis } from '../generated/apis.ts';
import type { ServiceId } from '../generated/index.ts';
import type { TimestampMs } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import type { Row, Scope, SpecTable, Table } from '../kernel/table.ts';
import type { JudgedAccess } from './calls.ts';
import type { HostFacts } from './host.ts';
import type { PrincipalPolicies } from './policies/decision.ts';
import type { Principal } from './principal.ts';
import type { GatewayRequest } from './request.ts';
import type { ResourceRef } from './resource-ref.ts';

export interface RequestContext extends Scope {
  readonly requestId: string;
  readonly principal: Principal;
  /** What the principal brings along, for operations that find out only inside what they are about. */
  readonly policies: PrincipalPolicies;
  /** What this request was found to need, in the order in which it was judged. Whoever judges adds to it. */
  readonly accesses: JudgedAccess[];
  readonly nowMs: TimestampMs;
  readonly random: Random;
  readonly log: Log;
  /** `http://localhost:4566`: where this cloud is reached, as the client sees it. */
  readonly endpoint: string;
  readonly host: HostFacts;
  /** As it came over HTTP, for what no model describes (S3's conditions on headers); absent in calls between services. */
  readonly request?: GatewayRequest | undefined;
  /** Header fields that follow a streamed body, in lower case; complete once it was read to its end. */
  readonly trailers?: ReadonlyMap<string, string> | undefined;
  /** The bytes as they came, of an operation that does not stream them: for what headers say of them (S3's checksums). */
  readonly body?: Uint8Array | undefined;
}

export interface OperationContext extends RequestContext {
  /** The table within this request's account and region (or account alone, for a global table). */
  table<Spec, Status>(table: Table<Spec, Status>): SpecTable<Spec, Status>;
  /** The table in another scope: another account, for what is shared or public. */
  tableIn<Spec, Status>(table: Table<Spec, Status>, scope: Scope): SpecTable<Spec, Status>;
  /** A row by its id, in whichever scope it is. The caller checks whether the principal may see it. */
  find<Spec, Status>(table: Table<Spec, Status>, id: string): Row<Spec, Status> | undefined;
  /** Whether this cloud has the operation: a setting that nothing would act on is refused. */
  isBuilt(serviceId: ServiceId, operationName: string): boolean;
  /** Another service's synchronous operations, in this transaction and for this principal; in this scope unless one is given. */
  client<Id extends ServiceId>(serviceId: Id, scope?: Scope): SyncClient<ServiceApis[Id]>;
}

/**
 * Waits, streams or works on a data plane; does its control-plane writes in transactions of its own. The first one
 * finds out whether the request can be carried out: with DryRun, all ends there.
 */
export interface AsyncOperationContext extends RequestContext {
  readonly signal: AbortSignal;
  readonly drivers: Drivers;
  /** A committed row by its id, in whichever scope it is, without a transaction. */
  find<Spec, Status>(table: Table<Spec, Status>, id: string): Row<Spec, Status> | undefined;
  transact<T>(run: (ctx: OperationContext) => T): T;
  /** A committed row, for an operation that needs no more than to find what it is about: a transaction costs ten times that. */
  get<Spec, Status>(table: Table<Spec, Status>, scope: Scope, id: string): Row<Spec, Status> | undefined;
  /** Likewise the rows that have that value in the index. */
  getBy<Spec, Status>(
    table: Table<Spec, Status>,
    scope: Scope,
    index: string,
    value: string,
  ): readonly Row<Spec, Status>[];
  /**
   * What `client` does before it runs an operation, in two steps, for a service that takes many things at once from
   * another: the input is validated, and the receivers' policies are asked. Both throw what the operation would be answered with.
   */
  validate(serviceId: ServiceId, operationName: string, input: unknown): void;
  admit(call: AdmittedCall): void;
  /** Any service's operations, in `scope` and as `principal`: for what one service delivers to another. */
  client<Id extends ServiceId>(serviceId: Id, scope: Scope, principal: Principal): AsyncClient<ServiceApis[Id]>;
}

/** One service's call to an operation of another. What was let in is remembered by the principal as an object. */
export interface AdmittedCall {
  readonly serviceId: ServiceId;
  readonly operationName: string;
  readonly principal: Principal;
  /** The resource that the operation is about. */
  readonly receiver: ResourceRef;
  readonly input: unknown;
}

type Input<Operation> = Operation extends { readonly input: infer Value } ? Value : never;
type Output<Operation> = Operation extends { readonly output: infer Value } ? Value : never;

export type SyncClient<Api> = { readonly [Name in keyof Api]: (input: Input<Api[Name]>) => Output<Api[Name]> };

export type AsyncClient<Api> = {
  readonly [Name in keyof Api]: (input: Input<Api[Name]>) => Promise<Output<Api[Name]>>;
};

/** A part of a service's operations, to be used with `satisfies`: `Operations<Ec2Api>`. */
export type Operations<Api> = {
  readonly [Name in keyof Api]?: (ctx: OperationContext, input: Input<Api[Name]>) => Output<Api[Name]>;
};

export type AsyncOperations<Api> = {
  readonly [Name in keyof Api]?: (ctx: AsyncOperationContext, input: Input<Api[Name]>) => Promise<Output<Api[Name]>>;
};
