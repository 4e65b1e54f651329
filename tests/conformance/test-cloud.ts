// A whole cloud in this process: every service of main.ts on drivers that pretend, and a clock that runs as fast as it
// is needed. Requests come in as HTTP without sockets; what the cloud calls its own fault is kept, to fail the test.

import { loadServiceModel, type OperationModel } from '../../src/aws/model.ts';
import type { GatewayRequest, RequestBody } from '../../src/aws/request.ts';
import type { Service } from '../../src/aws/service.ts';
import { type Cloud, createCloud } from '../../src/cloud.ts';
import { createMemoryDrivers } from '../../src/drivers/memory-drivers.testing.ts';
import type { KeyValue } from '../../src/kernel/key-value.ts';
import { createLog, type Log } from '../../src/kernel/log.ts';
import { createMemoryKeyValue } from '../../src/kernel/memory-key-value.ts';
import { seededRandom } from '../../src/kernel/random.ts';
import { createSimulatedClock, type SimulatedClock } from '../../src/kernel/simulated-clock.ts';
import { createStore, type Store } from '../../src/kernel/store.ts';
import { createLocalGateway } from '../../src/local/local-gateway.ts';
import type { WireMessage } from './encode-request.ts';
import { type Answer, collectAnswer } from './read-answer.ts';

export interface TestCloud {
  readonly cloud: Cloud;
  readonly store: Store;
  readonly clock: SimulatedClock;
  /** `20261121T090000Z`, now. */
  amzDate(): string;
  send(message: WireMessage): Promise<Answer>;
  /** Lets time run until `work` is done. */
  settle<T>(work: Promise<T>): Promise<T>;
  /** What was logged as an error, or as a reconciliation that failed, since it was last asked. */
  takeFailures(): readonly string[];
  /** The operation that the last request was routed to: `ec2.RunInstances`. */
  lastRouted(): string;
  stop(): Promise<void>;
}

export const startMs = Date.UTC(2026, 10, 21, 9, 0, 0);

/** A client that waits longer than this for its answer hangs up. */
const longestWaitMs = 60_000;

export async function createTestCloud(
  services: readonly Service[],
  keyValue: KeyValue = createMemoryKeyValue(),
): Promise<TestCloud> {
  await loadAll();
  const clock = createSimulatedClock(startMs);
  const failures: string[] = [];
  let lastRouted = '';
  const log = observed(
    createLog('warn', clock, { format: 'text', write: (line) => void failures.push(line) }),
    (message, fields) => {
      if (fields && 'status' in fields) lastRouted = message;
    },
  );
  const store = createStore(keyValue, clock);
  const cloud = await createCloud({
    store,
    clock,
    random: seededRandom(7),
    log,
    drivers: createMemoryDrivers(clock, seededRandom(8)),
    services,
    auth: 'lenient',
    endpoint: 'http://localhost:4566',
    sweepEveryMs: 0,
  });
  await driving(clock, cloud.start());
  const gateway = createLocalGateway({
    routes: [],
    isOperator: () => true,
    next: cloud.fetch,
    allowedOrigins: [],
    log,
  });
  return {
    cloud,
    store,
    clock,
    amzDate: () => new Date(clock.now()).toISOString().replace(/[-:]|\.\d+/g, ''),
    async send(message) {
      const abort = new AbortController();
      const hangUp = clock.after(longestWaitMs, () => abort.abort(new Error('the client hung up')));
      try {
        return await driving(clock, gateway(requestOf(message, abort)).then(collectAnswer));
      } finally {
        hangUp.cancel();
      }
    },
    settle: (work) => driving(clock, work),
    takeFailures: () => failures.splice(0),
    lastRouted: () => lastRouted,
    stop: () => driving(clock, cloud.stop()),
  };
}

/** What a cloud loads on first use: time that is let run meanwhile would be over for whoever waits for it. */
async function loadAll(): Promise<void> {
  await import('reflect-metadata');
  await Promise.all([
    import('@peculiar/x509'),
    import('../../src/services/sts/saml-assertions.ts'),
    import('../../src/services/dynamodb/import-source.ts'),
    import('ion-js'),
  ]);
}

/** The gateway's own log names each operation; the rest is as it was. */
function observed(log: Log, onInfo: Log['info']): Log {
  return { ...log, isEnabled: (level) => level === 'info' || log.isEnabled(level), info: onInfo };
}

function requestOf({ method, path, query, headers, body }: WireMessage, abort: AbortController): GatewayRequest {
  const wholeBody: RequestBody = {
    read: async (limitBytes) => (body.byteLength > limitBytes ? undefined : body),
    async *[Symbol.asyncIterator]() {
      // In pieces, as from a socket.
      for (let at = 0; at < body.byteLength; at += 1000) yield body.subarray(at, at + 1000);
    },
  };
  const { signal } = abort;
  return { method, path, query, headers, body: wholeBody, isGone: () => signal.aborted, signal };
}

/** Turns of the event loop that work may take by itself (key generation, compression) before time is let run. */
const patientTurns = 3;

/** Lets time run until `work` is done, but no further than `longestMs`: it may wait for the real world, too. */
async function driving<T>(clock: SimulatedClock, work: Promise<T>, longestMs = 2 * longestWaitMs): Promise<T> {
  const untilMs = clock.now() + longestMs;
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  done.catch(() => undefined); // is told to who awaits it
  for (let turn = 1; !isDone; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    if (turn % patientTurns === 0 && !isDone) clock.step(untilMs);
  }
  return done;
}

/** Every operation that the services have in their manifests, as `[service id, name]`. */
export function builtOperations(services: readonly Service[]): readonly (readonly [Service, string])[] {
  return services.flatMap((service) =>
    loadServiceModel(service.id)
      .operationNames.filter((name) => isBuilt(service, name))
      .map((name) => [service, name] as const),
  );
}

/** The same services, telling what their operations answered. */
export function overheard(
  services: readonly Service[],
  listen: (operation: OperationModel, output: unknown) => void,
): readonly Service[] {
  const told = (service: Service, name: string, output: unknown) => {
    listen(loadServiceModel(service.id).operation(name) as OperationModel, output);
    return output;
  };
  return services.map((service) => ({
    ...service,
    operations: Object.fromEntries(
      Object.entries(service.operations).map(([name, run]) => [
        name,
        (ctx, input) => told(service, name, run(ctx, input)),
      ]),
    ),
    asyncOperations: Object.fromEntries(
      Object.entries(service.asyncOperations ?? {}).map(([name, run]) => [
        name,
        async (ctx, input) => told(service, name, await run(ctx, input)),
      ]),
    ),
  }));
}

export const isBuilt = (service: Service, name: string): boolean =>
  Object.hasOwn(service.operations, name) || Object.hasOwn(service.asyncOperations ?? {}, name);
