// The composition root: the only file, with open-drivers.ts, that names real drivers and all services. It takes the data
// directory, looks at what the host can do, makes a cloud of it, and lets requests in.

import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import type { Server as NodeServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createHttpServer } from './aws/http/http-server.ts';
import type { Gateway, GatewayRequest } from './aws/request.ts';
import type { Service } from './aws/service.ts';
import { type Cloud, createCloud } from './cloud.ts';
import { type Config, endpointOf, scriptEnvironment } from './config.ts';
import type { ImageBuildProgress } from './drivers/images/images.ts';
import { systemClock } from './kernel/clock.ts';
import { newUuid } from './kernel/ids.ts';
import { openLmdbKeyValue } from './kernel/lmdb-key-value.ts';
import type { Log } from './kernel/log.ts';
import { systemRandom } from './kernel/random.ts';
import { createStore, type Store } from './kernel/store.ts';
import { acquireCloudLock, type CloudLock } from './local/cloud-lock.ts';
import { cloudletPaths } from './local/cloudlet-paths.ts';
import { type ImageBuilds, observeImageBuilds } from './local/image-builds.ts';
import { findInitHooks, type InitHooks } from './local/init-hooks.ts';
import { createLocalGateway } from './local/local-gateway.ts';
import { localstackPaths } from './local/localstack-paths.ts';
import { createOperatorCheck } from './local/operator.ts';
import { forceGuestsOff, stopAllInstances } from './local/stop-instances.ts';
import { version } from './local/version.ts';
import { type OpenedDrivers, openDrivers } from './open-drivers.ts';
import { cloudtrail } from './services/cloudtrail/cloudtrail.ts';
import { createDynamodb, dynamodb } from './services/dynamodb/dynamodb.ts';
import { dynamodbstreams } from './services/dynamodbstreams/dynamodbstreams.ts';
import { ec2 } from './services/ec2/ec2.ts';
import { iam } from './services/iam/iam.ts';
import { organizations } from './services/organizations/organizations.ts';
import { createS3, s3 } from './services/s3/s3.ts';
import { serviceQuotas } from './services/service-quotas/service-quotas.ts';
import { sns } from './services/sns/sns.ts';
import { sqs } from './services/sqs/sqs.ts';
import { ssm } from './services/ssm/ssm.ts';
import { sts } from './services/sts/sts.ts';

export const services: readonly Service[] = [
  iam,
  sts,
  organizations,
  ec2,
  ssm,
  dynamodb,
  dynamodbstreams,
  sqs,
  s3,
  sns,
  cloudtrail,
  serviceQuotas,
];

/** The same, as the configuration wants them. */
const servicesFor = (config: Config): readonly Service[] =>
  services.map((service) => {
    if (service === s3) return createS3(config);
    return service === dynamodb && config.throttling === 'on' ? createDynamodb({ isThrottled: true }) : service;
  });

export interface StartOptions {
  readonly config: Config;
  readonly log: Log;
  /** Where the log goes, when that is a file. */
  readonly logPath?: string;
  /** Told how far the base images are that are being built. */
  readonly onImageBuilds?: (builds: readonly ImageBuildProgress[]) => void;
}

export interface Running {
  readonly cloud: Cloud;
  readonly cloudId: string;
  readonly endpoint: string;
  readonly opened: Pick<OpenedDrivers, 'kind' | 'missing'>;
  /** Stops every instance as its owner would; resolves to the ids of those that ran. */
  stopInstances(): Promise<readonly string[]>;
  /** Lets requests end and goes. Guests keep running, unless `all` is set. */
  stop(options?: { readonly all?: boolean }): Promise<void>;
  /** Settles when it has stopped, whoever asked for it. */
  readonly stopped: Promise<void>;
}

export class AddressInUse extends Error {}

/** Not in use, but not ours to listen on either. */
export class AddressUnusable extends Error {}

/** How long a stop waits for what is under way: requests first, then reconciliations. */
const requestPatienceMs = 5_000;
const reconcilerPatienceMs = 10_000;
/** With `all`: a launch that is under way would bring its guest up behind the back of who ends them. */
const launchPatienceMs = 60_000;

/** Names the cloud's things on the host: short, and the same as long as the data stays where it is. */
export function cloudIdOf(dataDirectory: string): string {
  return createHash('sha256').update(realpathSync(dataDirectory)).digest('hex').slice(0, 8);
}

/** Rejects with DataDirectoryInUse, AddressInUse or HostNotReady when something stands in the way. */
export async function startCloud(options: StartOptions): Promise<Running> {
  const { config, logPath } = options;
  mkdirSync(config.dataDirectory, { recursive: true, mode: 0o700 });
  const lock = acquireCloudLock(config.dataDirectory, {
    startedAtMs: systemClock.now(),
    version,
    cloudId: cloudIdOf(config.dataDirectory),
    ...(logPath !== undefined && { logPath }),
  });
  const undo: (() => unknown)[] = [() => lock.release()];
  try {
    return await startLocked(options, lock, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function startLocked(options: StartOptions, lock: CloudLock, undo: (() => unknown)[]): Promise<Running> {
  const { config, log } = options;
  const { cloudId } = lock;
  const hooks = await findInitHooks(config.initDirectory, log);
  await hooks.runStage('boot', scriptEnvironment(endpointOf(config, config.port)));

  // Listening comes first, so that an address in use is found out before anything is touched; requests wait inside.
  const door = createDoor();
  const server = createHttpServer({ gateway: door.gateway, log });
  const port = await listen(server, config);
  undo.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const endpoint = endpointOf(config, port);
  const address = `http://${isAnyAddress(config.host) ? '127.0.0.1' : hostInUrl(config.host)}:${port}`;

  const opening = openDrivers({ config, cloudId, clock: systemClock, log });
  const store = openStore(config.dataDirectory);
  undo.push(() => store.close());
  const opened = await opening;
  undo.push(() => opened.close());
  const operatorToken = Buffer.from(systemRandom.bytes(24)).toString('base64url');
  const isOperator = createOperatorCheck(operatorToken);
  const imageBuilds = observeImageBuilds(opened.drivers.images, options.onImageBuilds);
  const cloud = await createCloud({
    store,
    clock: systemClock,
    random: systemRandom,
    log,
    drivers: { ...opened.drivers, images: imageBuilds.images },
    services: servicesFor(config),
    auth: config.auth,
    isOperator,
    endpoint,
  });
  undo.push(() => cloud.stop());
  await cloud.start();

  const running = createRunning({
    config,
    log,
    lock,
    hooks,
    isOperator,
    server,
    endpoint,
    store,
    opened,
    imageBuilds,
    cloud,
  });
  door.open(createRoutes({ config, log, hooks, opened, imageBuilds, lock, isOperator }, running));
  lock.update({ endpoint, address, operatorToken });
  await hooks.runStage('start', scriptEnvironment(endpoint));
  await hooks.runStage('ready', scriptEnvironment(endpoint));
  return running;
}

function openStore(dataDirectory: string): Store {
  const directory = join(dataDirectory, 'store');
  mkdirSync(directory, { recursive: true });
  return createStore(openLmdbKeyValue(directory), systemClock);
}

/** A gateway that lets requests wait until it is opened. */
function createDoor(): { gateway: Gateway; open(gateway: Gateway): void } {
  let letIn: (gateway: Gateway) => void;
  const opened = new Promise<Gateway>((resolve) => {
    letIn = resolve;
  });
  let current: Gateway = async (request) => (await opened)(request);
  return {
    gateway: (request) => current(request),
    open(gateway) {
      current = gateway;
      letIn(gateway);
    },
  };
}

interface Surroundings {
  readonly config: Config;
  readonly log: Log;
  readonly hooks: InitHooks;
  readonly opened: OpenedDrivers;
  readonly imageBuilds: ImageBuilds;
  readonly lock: CloudLock;
  readonly isOperator: (request: GatewayRequest) => boolean;
}

function createRoutes(
  { config, log, hooks, opened, imageBuilds, lock, isOperator }: Surroundings,
  running: Running,
): Gateway {
  const { cloud, endpoint, cloudId, stopInstances } = running;
  const { startedAtMs } = lock;
  const clock = systemClock;
  const routes = [
    ...localstackPaths({
      version,
      serviceIds: services.map(({ id }) => id),
      hooks,
      sessionId: newUuid(systemRandom),
      cloudId,
      system: `${process.platform} ${process.arch}`,
      startedAtMs,
      clock,
      reset: cloud.reset,
    }),
    ...cloudletPaths({
      cloud,
      imageBuilds,
      hypervisor: opened.kind,
      version,
      cloudId,
      endpoint,
      dataDirectory: config.dataDirectory,
      startedAtMs,
      clock,
      stopInstances,
      // Whether that went well comes out of `running.stopped`.
      stop: (all) => void running.stop({ all }).catch(() => undefined),
    }),
  ];
  return createLocalGateway({
    routes,
    isOperator: (request) => config.auth === 'lenient' || isOperator(request),
    next: cloud.fetch,
    allowedOrigins: config.allowedOrigins,
    log,
  });
}

interface Parts extends Surroundings {
  readonly server: NodeServer;
  readonly endpoint: string;
  readonly store: Store;
  readonly cloud: Cloud;
}

function createRunning(parts: Parts): Running {
  const { cloud, store, opened, endpoint, log, lock } = parts;
  let stopping: Promise<void> | undefined;
  let tellStopped: (end: Promise<void>) => void;
  const stopped = new Promise<void>((resolve) => {
    tellStopped = resolve;
  });
  return {
    cloud,
    cloudId: lock.cloudId,
    endpoint,
    opened,
    stopInstances: () => stopAllInstances({ cloud, store, clock: systemClock, log }),
    stop({ all = false } = {}) {
      if (!stopping) {
        stopping = stopParts(parts, all);
        tellStopped(stopping);
      }
      return stopping;
    },
    stopped,
  };
}

async function stopParts(parts: Parts, all: boolean): Promise<void> {
  const { hooks, server, cloud, opened, store, lock, log } = parts;
  await hooks.runStage('shutdown', scriptEnvironment(parts.endpoint));
  const closed = new Promise((resolve) => server.close(resolve));
  if (!(await within(requestPatienceMs, closed))) server.closeAllConnections();
  const isQuiet = await within(all ? launchPatienceMs : reconcilerPatienceMs, cloud.stop());
  if (!isQuiet) log.warn('some work goes on while we leave; it is taken up again at the next start');
  if (all) await forceGuestsOff(opened.drivers.hypervisor, log);
  await opened.close();
  await store.flushed();
  // Whoever is still at work would find a closed store under its hands; the process ends anyway.
  if (isQuiet) await store.close();
  lock.release();
}

async function within(patienceMs: number, work: Promise<unknown>): Promise<boolean> {
  const patience = new AbortController();
  const tooLate = systemClock.sleep(patienceMs, patience.signal).then(
    () => false,
    () => false,
  );
  const isInTime = await Promise.race([work.then(() => true), tooLate]);
  patience.abort();
  return isInTime;
}

function listen(server: NodeServer, { host, port }: Config): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, host, port)));
    server.listen({ host, port }, () => resolve((server.address() as AddressInfo).port));
  });
}

function explainListenError(error: NodeJS.ErrnoException, host: string, port: number): Error {
  if (error.code === 'EADDRINUSE')
    return new AddressInUse(
      `port ${port} of ${host} is in use, perhaps by another cloud. Choose another one with --port, or see who has it: ` +
        `ss -ltnp 'sport = :${port}'`,
    );
  if (error.code === 'EACCES')
    return new AddressUnusable(`port ${port} is for root only. Choose one above 1023 with --port.`, { cause: error });
  if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND')
    return new AddressUnusable(`this host has no address ${host}. Choose one that it has with --host.`, {
      cause: error,
    });
  return error;
}

const isAnyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
