// The only reader of the environment and of flags. A flag wins over its environment variable, that over the variables
// that users of LocalStack set, and those over the default.

import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import type { LogLevel } from './kernel/log.ts';

export interface Config {
  readonly port: number;
  readonly host: string;
  /** Everything that outlives the process: rows, volumes, logs. */
  readonly dataDirectory: string;
  /** Where built base images are kept; clouds may share it. */
  readonly imageDirectory: string;
  readonly hypervisor: 'auto' | 'lxc' | 'simulated' | 'none';
  readonly auth: 'lenient' | 'strict';
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
  /** Whether missing host packages may be installed. */
  readonly install: boolean;
  /** The name that the cloud gives itself in URLs it hands out. */
  readonly publicHost: string;
  /** Holds `boot.d`, `start.d`, `ready.d` and `shutdown.d`. */
  readonly initDirectory: string;
  /** Package mirrors by distribution, for building base images; the host's own when absent. */
  readonly mirrors: Readonly<Record<string, string>>;
}

/** As the command line gives them: text, or a switch. */
export interface Flags {
  readonly port?: string | undefined;
  readonly host?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly imageDir?: string | undefined;
  readonly hypervisor?: string | undefined;
  readonly auth?: string | undefined;
  readonly log?: string | undefined;
  readonly logFormat?: string | undefined;
  readonly install?: boolean | undefined;
}

export class ConfigError extends Error {}

export type Environment = Readonly<Record<string, string | undefined>>;

export function resolveConfig(flags: Flags = {}, environment: Environment = process.env): Config {
  const listen = parseListen(environment['GATEWAY_LISTEN']);
  const port = flags.port ?? environment['CLOUDLET_PORT'] ?? listen.port ?? environment['EDGE_PORT'] ?? '4566';
  const host = flags.host ?? environment['CLOUDLET_HOST'] ?? listen.host ?? '127.0.0.1';
  const dataDirectory = absolute(flags.dataDir ?? environment['CLOUDLET_DATA_DIR'] ?? join(homedir(), '.cloudlet'));
  const logLevel =
    flags.log ??
    environment['CLOUDLET_LOG'] ??
    environment['LS_LOG'] ??
    (isOn(environment['DEBUG']) ? 'debug' : 'info');
  const portNumber = parsePort(port);
  return {
    port: portNumber,
    host,
    dataDirectory,
    imageDirectory: absolute(flags.imageDir ?? environment['CLOUDLET_IMAGE_DIR'] ?? join(dataDirectory, 'images')),
    hypervisor: oneOf('hypervisor', flags.hypervisor ?? environment['CLOUDLET_HYPERVISOR'] ?? 'auto', [
      'auto',
      'lxc',
      'simulated',
      'none',
    ]),
    auth: oneOf('auth', flags.auth ?? environment['CLOUDLET_AUTH'] ?? 'lenient', ['lenient', 'strict']),
    logLevel: oneOf('log', logLevel, ['trace', 'debug', 'info', 'warn', 'error', 'silent']),
    logFormat: oneOf('log-format', flags.logFormat ?? environment['CLOUDLET_LOG_FORMAT'] ?? 'text', ['text', 'json']),
    install: flags.install ?? !['0', 'false', 'no'].includes(environment['CLOUDLET_INSTALL'] ?? ''),
    publicHost: environment['LOCALSTACK_HOST'] ?? `localhost:${portNumber}`,
    initDirectory: absolute(environment['CLOUDLET_INIT_DIR'] ?? '/etc/localstack/init'),
    mirrors: {
      ...(environment['CLOUDLET_DEBIAN_MIRROR'] && { debian: environment['CLOUDLET_DEBIAN_MIRROR'] }),
      ...(environment['CLOUDLET_UBUNTU_MIRROR'] && { ubuntu: environment['CLOUDLET_UBUNTU_MIRROR'] }),
    },
  };
}

/** LocalStack's `GATEWAY_LISTEN`: `0.0.0.0:4566`, `:4566`, `0.0.0.0`, or several with commas, of which the first counts. */
function parseListen(text: string | undefined): { host?: string; port?: string } {
  const first = text?.split(',')[0]?.trim();
  if (!first) return {};
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(first) ?? [];
  return { ...(host && { host }), ...(port && { port }) };
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new ConfigError(`port must be from 0 to 65535, not '${text}'`);
  return port;
}

function oneOf<const Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((candidate) => candidate === value.toLowerCase());
  if (!choice) throw new ConfigError(`--${name} must be one of ${choices.join(', ')}, not '${value}'`);
  return choice;
}

const isOn = (value: string | undefined): boolean => value === '1' || value === 'true';

const absolute = (path: string): string => (isAbsolute(path) ? path : resolve(path));
