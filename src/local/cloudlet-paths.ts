// cloudlet's own paths: what is real on this host, what is being worked on, reset and stop.

import { isFromHere } from '../aws/loopback.ts';
import { loadServiceModel } from '../aws/model.ts';
import type { Service } from '../aws/service.ts';
import type { Cloud } from '../cloud.ts';
import { services as knownServices } from '../generated/index.ts';
import type { Clock, TimestampMs } from '../kernel/clock.ts';
import { formatIso } from '../kernel/clock.ts';
import { jsonAnswer, readJsonObject, refusal } from './answers.ts';
import { callPaths } from './call-paths.ts';
import type { ImageBuilds } from './image-builds.ts';
import type { LocalRoute } from './local-gateway.ts';

export interface CloudletPathsOptions {
  readonly cloud: Pick<Cloud, 'host' | 'services' | 'callLog' | 'activities' | 'reset' | 'settle'>;
  readonly imageBuilds: ImageBuilds;
  readonly hypervisor: string;
  readonly version: string;
  readonly cloudId: string;
  readonly endpoint: string;
  readonly dataDirectory: string;
  readonly startedAtMs: TimestampMs;
  readonly clock: Clock;
  /** Stops every instance, as its owner would. Resolves to the ids of those that were running. */
  stopInstances(): Promise<readonly string[]>;
  /** Begins to stop the cloud, once the answer is out; with `all`, whatever still runs in it too. */
  stop(all: boolean): void;
}

export function cloudletPaths(options: CloudletPathsOptions): readonly LocalRoute[] {
  const { cloud, clock } = options;
  return [
    ...callPaths(cloud.callLog),
    { method: 'GET', path: '/_cloudlet/version', answer: () => jsonAnswer(describeProcess(options)) },
    { method: 'GET', path: '/_cloudlet/capabilities', answer: async () => jsonAnswer(await capabilities(options)) },
    {
      method: 'GET',
      path: '/_cloudlet/reconcilers',
      answer: () => jsonAnswer({ activities: cloud.activities().map(describeActivity) }),
    },
    {
      method: 'POST',
      path: '/_cloudlet/reset',
      async answer() {
        const startedMs = clock.monotonicMs();
        await cloud.reset();
        await cloud.settle();
        return jsonAnswer({ status: 'ok', durationMs: Math.round(clock.monotonicMs() - startedMs) });
      },
    },
    {
      method: 'POST',
      path: '/_cloudlet/stop',
      async answer(request) {
        // A cloud that listens for others is still not theirs to end.
        if (!isFromHere(request.remoteAddress)) return refusal(403, 'only this host may stop its cloud');
        const asked = await readJsonObject(request);
        const all = asked ? (asked['all'] ?? false) : undefined;
        if (typeof all !== 'boolean') return refusal(400, 'the body must be JSON: {"all": true} or {"all": false}');
        const stoppedInstances = all ? await options.stopInstances() : [];
        options.stop(all);
        return jsonAnswer({ status: 'stopping', hypervisor: options.hypervisor, stoppedInstances }, 202);
      },
    },
  ];
}

function describeProcess(options: CloudletPathsOptions) {
  const { version, cloudId, endpoint, dataDirectory, hypervisor, startedAtMs, clock } = options;
  return {
    version,
    cloudId,
    endpoint,
    dataDirectory,
    hypervisor,
    startedAt: formatIso(startedAtMs),
    uptimeSeconds: Math.floor((clock.now() - startedAtMs) / 1000),
    memoryMiB: Math.round(process.memoryUsage.rss() / 2 ** 20),
    pid: process.pid,
    node: process.versions.node,
  };
}

async function capabilities({ cloud, imageBuilds, hypervisor }: CloudletPathsOptions) {
  const built = new Map<string, Service>(cloud.services.map((service) => [service.id, service]));
  return {
    hypervisor,
    host: cloud.host.capabilities,
    publicPool: cloud.host.publicPool ?? null,
    images: await describeImages(imageBuilds),
    services: Object.fromEntries(knownServices.map(({ id }) => [id, describeService(built.get(id))])),
  };
}

async function describeImages({ images, current }: ImageBuilds) {
  return Promise.all(
    images.bases.map(async ({ name, defaultUser }) => {
      const building = current().find((build) => build.name === name);
      return {
        name,
        defaultUser,
        built: await images.isBuilt(name),
        ...(building && { building: { step: building.step, percent: Math.round(building.fraction * 100) } }),
      };
    }),
  );
}

function describeService(service: Service | undefined) {
  if (!service) return { available: false, reason: 'cloudlet has not built this service yet' };
  return {
    available: true,
    operations: Object.keys({ ...service.operations, ...service.asyncOperations }).length,
    modelledOperations: loadServiceModel(service.id).operationNames.length,
  };
}

const describeActivity = ({ dueAtMs, ...activity }: ReturnType<Cloud['activities']>[number]) => ({
  ...activity,
  ...(dueAtMs !== undefined && { dueAt: formatIso(dueAtMs) }),
});
