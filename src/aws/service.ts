// What a service is made of: its manifest names its operations, its reconcilers and its servers, and nothing else is
// looked up by convention.

import type { Drivers } from '../drivers/drivers.ts';
import type { ServiceApis } from '../generated/apis.ts';
import type { ServiceId } from '../generated/index.ts';
import type { Clock } from '../kernel/clock.ts';
import type { Log } from '../kernel/log.ts';
import type { Random } from '../kernel/random.ts';
import type { Reconciler } from '../kernel/reconciler.ts';
import type { Store } from '../kernel/store.ts';
import type { Scope } from '../kernel/table.ts';
import type { AnyAuthorizations, ResourcePolicySource } from './authorization.ts';
import type { CallObserver } from './calls.ts';
import type { AwsError } from './errors.ts';
import type { HostFacts } from './host.ts';
import type { AsyncClient, AsyncOperationContext, OperationContext } from './operation.ts';
import type { Principal } from './principal.ts';
import type { Gateway, GatewayRequest, GatewayResponse } from './request.ts';

/** The surroundings that reconcilers and servers are made with. */
export interface World {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly drivers: Drivers;
  readonly host: HostFacts;
  /** Answers requests that come in by another way than the cloud's own port: those of guests. */
  readonly gateway: Gateway;
  /** Operations of any service, called as `principal` in `scope`, by the same path that a request takes. */
  client<Id extends ServiceId>(
    serviceId: Id,
    scope: Scope,
    principal: Principal,
    /** On whose behalf, when the call answers a request. */
    request?: GatewayRequest,
  ): AsyncClient<ServiceApis[Id]>;
}

/** What a front may ask besides. */
export interface FrontWorld extends World {
  /** Whose key it is, and its secret when signatures made with it are to be verified. Throws SignatureRefused. */
  identifyKey(accessKeyId: string, sessionToken?: string): KeyOwner;
  /** Whether who asks may look at what is below /_aws/, which is no operation's and knows no permissions. */
  mayInspect(request: GatewayRequest): boolean;
}

export interface KeyOwner {
  readonly principal: Principal;
  readonly secretAccessKey: string | undefined;
}

/** Answers a request itself, or lets `next` and may add to its answer. */
export type Front = (request: GatewayRequest, next: Gateway) => Promise<GatewayResponse>;

/** Listens on a socket of its own: IMDS, DNS, a load balancer's listener. */
export interface Server {
  readonly name: string;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What a service does of its own accord. */
export interface Background {
  readonly reconcilers?: readonly Reconciler[];
  readonly servers?: readonly Server[];
}

// The manifest erases the model's types: the gateway hands over what it decoded from the model and encodes what it
// gets, and `satisfies Operations<…>` has checked each operation where it is written.
export type AnyOperation = (ctx: OperationContext, input: never) => unknown;
export type AnyAsyncOperation = (ctx: AsyncOperationContext, input: never) => Promise<unknown>;

export interface Service {
  /** The generated model's id: `ec2`. */
  readonly id: ServiceId;
  readonly operations: Readonly<Record<string, AnyOperation>>;
  /** Operations that wait, stream or work on a data plane. */
  readonly asyncOperations?: Readonly<Record<string, AnyAsyncOperation>>;
  /** What each operation needs to be allowed; without an entry, its own action on everything. */
  readonly authorization?: AnyAuthorizations;
  /** What its actions are called before the colon, where that is not the signing name. */
  readonly actionPrefix?: string;
  /** Its resources have policies of their own. */
  readonly resourcePolicies?: ResourcePolicySource;
  /** Unsigned requests are judged by its resources' policies, as signed ones are. */
  readonly judgesStrangers?: boolean;
  /** Temporary keys that are no good for an operation, whatever policies say. */
  readonly refusesSession?: (principal: Principal, operationName: string) => boolean;
  /** Its error for who may not; `sealed` tells the reason to those who may decode it. */
  readonly accessDenied?: (message: string, sealed: () => string) => AwsError;
  /** Runs before the first operation in an account and region, in its transaction: makes what AWS has there already. */
  readonly openScope?: (ctx: OperationContext) => void;
  /** What goes on between requests; made once, when the cloud is. */
  readonly background?: (world: World) => Background;
  /** Told of every call to any service whose caller is known, once it is answered (CloudTrail). Made once, when the cloud is. */
  readonly observe?: (world: World) => CallObserver;
  /** Stands before the gateway, for requests that no operation describes (S3: preflights, forms, websites). */
  readonly front?: (world: FrontWorld) => Front;
}
