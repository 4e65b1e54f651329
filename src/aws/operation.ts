// What an operation is: `(ctx, input) => output`. Synchronous ones run inside one transaction that is theirs alone;
// an exception rolls it back and becomes the answer.

import type { Capability } from '../drivers/capability.ts';
import type { ServiceApis } from '../generated/apis.ts';
import type { ServiceId } from '../generated/index.ts';
import type { TimestampMs } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import type { Row, Scope, SpecTable, Table } from '../kernel/table.ts';
import type { Principal } from './principal.ts';

/** A service's operations as the model types them; generated as `Ec2Api`, `StsApi`, … */
export type Api<Shape> = { readonly [Name in keyof Shape]: { readonly input: unknown; readonly output: unknown } };

export interface RequestContext extends Scope {
  readonly requestId: string;
  readonly principal: Principal;
  readonly nowMs: TimestampMs;
  readonly random: Random;
  readonly log: Log;
  /** `http://localhost:4566`: where this cloud is reached, as the client sees it. */
  readonly endpoint: string;
  /** What this host can really do, by the driver's name. */
  readonly capabilities: Readonly<Record<string, Capability>>;
}

export interface OperationContext extends RequestContext {
  /** The table within this request's account and region (or account alone, for a global table). */
  table<Spec, Status>(table: Table<Spec, Status>): SpecTable<Spec, Status>;
  /** The table in another scope: another account, for what is shared or public. */
  tableIn<Spec, Status>(table: Table<Spec, Status>, scope: Scope): SpecTable<Spec, Status>;
  /** A row by its id, in whichever scope it is. The caller checks whether the principal may see it. */
  find<Spec, Status>(table: Table<Spec, Status>, id: string): Row<Spec, Status> | undefined;
  /** Another service's synchronous operations, in this transaction and for this principal. */
  client<Id extends ServiceId>(serviceId: Id): SyncClient<ServiceApis[Id]>;
}

/** Waits, streams or works on a data plane; does its control-plane writes in transactions of its own. */
export interface AsyncOperationContext extends RequestContext {
  readonly signal: AbortSignal;
  transact<T>(run: (ctx: OperationContext) => T): T;
}

export type SyncClient<Shape extends Api<Shape>> = {
  readonly [Name in keyof Shape]: (input: Shape[Name]['input']) => Shape[Name]['output'];
};

export type AsyncClient<Shape extends Api<Shape>> = {
  readonly [Name in keyof Shape]: (input: Shape[Name]['input']) => Promise<Shape[Name]['output']>;
};

/** A part of a service's operations, to be used with `satisfies`. */
export type Operations<Shape extends Api<Shape>> = {
  readonly [Name in keyof Shape]?: (ctx: OperationContext, input: Shape[Name]['input']) => Shape[Name]['output'];
};

export type AsyncOperations<Shape extends Api<Shape>> = {
  readonly [Name in keyof Shape]?: (ctx: AsyncOperationContext, input: Shape[Name]['input']) => Promise<Shape[Name]['output']>;
};
