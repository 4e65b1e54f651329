// The paths that tools written for LocalStack and moto ask for: health, what the init scripts did, and reset.

import type { Clock, TimestampMs } from '../kernel/clock.ts';
import { formatIso } from '../kernel/clock.ts';
import { jsonAnswer, refusal } from './answers.ts';
import { type InitHooks, type InitScript, type InitStage, initStages } from './init-hooks.ts';
import type { LocalRoute } from './local-gateway.ts';

export interface LocalstackPathsOptions {
  readonly version: string;
  /** The ids of the services that are built. */
  readonly serviceIds: readonly string[];
  readonly hooks: InitHooks;
  /** Identifies this run. */
  readonly sessionId: string;
  /** Identifies the data directory. */
  readonly cloudId: string;
  readonly system: string;
  readonly startedAtMs: TimestampMs;
  readonly clock: Clock;
  reset(): Promise<void>;
}

export function localstackPaths(options: LocalstackPathsOptions): readonly LocalRoute[] {
  const { version, hooks, clock, startedAtMs } = options;
  const edition = 'community';
  const health = () =>
    jsonAnswer({
      services: Object.fromEntries([...options.serviceIds].sort().map((id) => [id, 'available'])),
      edition,
      version,
    });
  const reset = async () => {
    await options.reset();
    return jsonAnswer({ status: 'ok' });
  };
  return [
    { method: 'GET', path: '/_localstack/health', isOpen: true, answer: health },
    { method: 'GET', path: '/health', isOpen: true, answer: health },
    {
      method: 'GET',
      path: '/_localstack/info',
      answer: () =>
        jsonAnswer({
          version,
          edition,
          is_license_activated: false,
          session_id: options.sessionId,
          machine_id: options.cloudId,
          system: options.system,
          is_docker: false,
          server_time_utc: formatIso(clock.now(), 'seconds').slice(0, 19),
          uptime: Math.floor((clock.now() - startedAtMs) / 1000),
        }),
    },
    {
      method: 'GET',
      path: '/_localstack/init',
      isOpen: true,
      answer: () =>
        jsonAnswer({
          completed: Object.fromEntries(initStages.map((stage) => [stage.toUpperCase(), hooks.isCompleted(stage)])),
          scripts: initStages.flatMap((stage) => hooks.scripts(stage).map(describeScript)),
        }),
    },
    {
      method: 'GET',
      path: /^\/_localstack\/init\/([^/]+)$/,
      isOpen: true,
      answer: (_request, name = '') => stageAnswer(hooks, name),
    },
    { method: 'POST', path: '/_localstack/state/reset', answer: reset },
    { method: 'POST', path: '/moto-api/reset', answer: reset },
  ];
}

function stageAnswer(hooks: InitHooks, name: string) {
  const stage = initStages.find((known): known is InitStage => known === name.toLowerCase());
  if (!stage) return refusal(404, `no such stage ${name}`);
  return jsonAnswer({ completed: hooks.isCompleted(stage), scripts: hooks.scripts(stage).map(describeScript) });
}

const describeScript = ({ stage, path, state }: InitScript) => ({
  stage: stage.toUpperCase(),
  name: path.slice(path.lastIndexOf('/') + 1),
  state,
});
