// A whole cloud from its parts. Everything that touches the world comes in from outside, so the same function makes the
// cloud that people use, the one that tests talk to, and the one that a simulation crashes a thousand times.

import { type AuthMode, type FindCredential, identifyKey, type KeyTrust } from './aws/authenticate.ts';
import { createAuthorizer, type Identities } from './aws/authorize.ts';
import { type CallLog, createCallLog } from './aws/call-log.ts';
import type { CallObserver } from './aws/calls.ts';
import { type CredentialSpec, credentials } from './aws/credentials.table.ts';
import { createExpiryReconciler } from './aws/expiry.reconciler.ts';
import { createGateway } from './aws/gateway.ts';
import type { HostFacts } from './aws/host.ts';
import { createInvoker } from './aws/invoke.ts';
import type { Gateway, GatewayRequest } from './aws/request.ts';
import type { FrontWorld, Server, Service, World } from './aws/service.ts';
import type { Drivers } from './drivers/drivers.ts';
import type { Clock } from './kernel/clock.ts';
import type { Log } from './kernel/log.ts';
import type { Random } from './kernel/random.ts';
import type { ReconcilerActivity } from './kernel/reconciler.ts';
import { createReconcilerRunner, type ReconcilerRunner } from './kernel/reconciler-runner.ts';
import type { Store } from './kernel/store.ts';
import { policiesOf, recordUse } from './services/iam/index.ts';
import { withinOrganization } from './services/organizations/index.ts';

export interface CloudOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly drivers: Drivers;
  readonly services: readonly Service[];
  readonly auth: AuthMode;
  /** `http://localhost:4566`, for URLs in answers to requests that name no host. */
  readonly endpoint: string;
  /** Whether a request shows that whoever sent it runs the cloud. With `strict`, its own paths are for them only. */
  readonly isOperator?: (request: GatewayRequest) => boolean;
  /** 0 switches the sweep off. */
  readonly sweepEveryMs?: number;
}

export interface Cloud {
  /** Answers one request. */
  readonly fetch: Gateway;
  /** Operations of any service, by the path that requests take. */
  readonly client: World['client'];
  readonly host: HostFacts;
  readonly services: readonly Service[];
  /** What was asked of it lately, and why it was denied. */
  readonly callLog: CallLog;
  /** Finds what exists, adopts or sweeps it, and begins to listen. */
  start(): Promise<void>;
  /** Lets go of everything; what runs in the world goes on running. */
  stop(): Promise<void>;
  /** Resolves when the reconcilers have nothing left to do for now. */
  settle(withinMs?: number): Promise<void>;
  activities(): readonly ReconcilerActivity[];
  /** Forgets every row; the reconcilers then sweep the world. */
  reset(): Promise<void>;
}

/** One way in. */
interface Door {
  readonly auth: KeyTrust;
  mayInspect(request: GatewayRequest): boolean;
}

const defaultSweepEveryMs = 60_000;

/** Looks at the host first: what operations may promise depends on it. */
export async function createCloud(options: CloudOptions): Promise<Cloud> {
  const { store, clock, random, log, drivers } = options;
  const host = await lookAtHost(drivers);
  const services = new Map<string, Service>(options.services.map((service) => [service.id, service]));
  const authorizer = createAuthorizer({ store, random, auth: options.auth, identities });
  const { endpoint } = options;
  const invoker = createInvoker({ store, clock, random, log, host, drivers, services, authorizer, endpoint });
  const world: World = {
    store,
    clock,
    random,
    log,
    drivers,
    host,
    gateway: (request) => guestDoor(request),
    client: invoker.client,
  };
  const backgrounds = options.services.map((service) => service.background?.(world) ?? {});
  const reconcilers = [
    createExpiryReconciler(world),
    ...backgrounds.flatMap((background) => background.reconcilers ?? []),
  ];
  const servers: readonly Server[] = backgrounds.flatMap((background) => background.servers ?? []);
  const runner: ReconcilerRunner = createReconcilerRunner({
    reconcilers,
    clock,
    random,
    log,
    sweepEveryMs: options.sweepEveryMs ?? defaultSweepEveryMs,
    flushed: () => store.flushed(),
  });
  const knownCredentials = createCredentialCache(store);
  const callLog = createCallLog();
  const observers = options.services.flatMap((service) => service.observe?.(world) ?? []);
  const observe = all([callLog.observe, ...observers]);
  const openDoor = ({ auth, mayInspect }: Door): Gateway => {
    const { find: findCredential } = knownCredentials;
    const frontWorld: FrontWorld = {
      ...world,
      identifyKey: (accessKeyId, sessionToken) =>
        identifyKey(accessKeyId, sessionToken, { auth, findCredential, nowMs: clock.now() }),
      mayInspect,
    };
    return options.services.reduceRight<Gateway>(
      (next, service) => {
        const front = service.front?.(frontWorld);
        return front ? (request) => front(request, next) : next;
      },
      createGateway({
        services,
        invoker,
        authorizer,
        findCredential,
        auth,
        clock,
        random,
        log,
        host,
        endpoint,
        observe,
      }),
    );
  };
  const { auth, isOperator = () => false } = options;
  const fetch = openDoor({ auth, mayInspect: (request) => auth === 'lenient' || isOperator(request) });
  // Guests run what strangers may have got into: a key that anybody can guess lets nobody in there.
  const guestDoor = openDoor({ auth: 'issued', mayInspect: () => false });
  let unsubscribe: (() => void) | undefined;
  return {
    fetch,
    client: invoker.client,
    host,
    services: options.services,
    callLog,
    async start() {
      unsubscribe = store.subscribe((changes) => runner.notify(changes));
      for (const server of servers) await server.start();
      await runner.start();
    },
    async stop() {
      unsubscribe?.();
      await runner.stop();
      for (const server of servers) await server.stop();
    },
    settle: (withinMs) => runner.settle(withinMs),
    activities: () => runner.activities(),
    async reset() {
      await store.clear();
      knownCredentials.forget();
      callLog.forget();
      await runner.sweep();
    },
  };
}

const all =
  (observers: readonly CallObserver[]): CallObserver =>
  (call) => {
    for (const observe of observers) observe(call);
  };

const identities: Identities = {
  policiesOf: (store, principal) => withinOrganization(store, principal, policiesOf(store, principal)),
  recordUse,
};

/** Longer than any access key is: strangers' inventions are not kept. */
const longestKeptKey = 128;

/** Every request asks for its key, and keys seldom change: the answer is kept until they do. */
function createCredentialCache(store: Store): { readonly find: FindCredential; forget(): void } {
  const known = new Map<string, CredentialSpec | undefined>();
  store.subscribe((changes) => {
    if (changes.some(({ table }) => table === credentials.name)) known.clear();
  });
  const find: FindCredential = (accessKeyId) => {
    if (known.has(accessKeyId)) return known.get(accessKeyId);
    if (known.size >= 10_000) known.clear();
    const spec = store.find(credentials, accessKeyId)?.spec;
    if (accessKeyId.length <= longestKeptKey) known.set(accessKeyId, spec);
    return spec;
  };
  return { find, forget: () => known.clear() };
}

async function lookAtHost({ hypervisor, network, disks, images }: Drivers): Promise<HostFacts> {
  const [hypervisorCan, networkCan, disksCan, imagesCan] = await Promise.all([
    hypervisor.probe(),
    network.probe(),
    disks.probe(),
    images.probe(),
  ]);
  const capabilities = { hypervisor: hypervisorCan, network: networkCan, disks: disksCan, images: imagesCan };
  return networkCan.available ? { capabilities, publicPool: await network.publicPool() } : { capabilities };
}
