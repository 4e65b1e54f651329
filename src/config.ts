// The only reader of the environment and of flags. A flag wins over its environment variable, that over the variables
// that users of LocalStack set, and those over the default. `SERVICES` and `PERSISTENCE` are accepted by being ignored:
// every service is always there, and everything is always kept.

import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { LogLevel } from './kernel/log.ts';

export interface Config {
  /** 0 lets the operating system choose. */
  readonly port: number;
  readonly host: string;
  /** Everything that outlives the process: rows, volumes, logs. */
  readonly dataDirectory: string;
  /** Where built base images are kept; clouds may share it. */
  readonly imageDirectory: string;
  readonly hypervisor: 'auto' | 'lxc' | 'simulated' | 'none';
  readonly auth: 'lenient' | 'strict';
  /** Whether an answer waits until the disk has what it acknowledges. */
  readonly durability: 'strict' | 'relaxed';
  /** Whether DynamoDB refuses what is beyond a table's throughput. */
  readonly throttling: 'on' | 'off';
  /** What new S3 buckets are like: as before 2023, or as AWS makes them now. */
  readonly newBuckets: 'classic' | 'current';
  readonly logLevel: LogLevel;
  readonly logFormat: 'text' | 'json';
  /** Whether missing host packages may be installed. */
  readonly install: boolean;
  /** The name, or name and port, that the cloud gives itself in URLs it hands out; its address when absent. */
  readonly publicHost?: string;
  /** Holds `boot.d`, `start.d`, `ready.d` and `shutdown.d`; no scripts are run when absent. */
  readonly initDirectory?: string;
  /** Origins, besides this host's own, whose web pages may call the cloud from a browser; `*` for all. */
  readonly allowedOrigins: readonly string[];
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
  readonly durability?: string | undefined;
  readonly throttling?: string | undefined;
  readonly newBuckets?: string | undefined;
  readonly log?: string | undefined;
  readonly logFormat?: string | undefined;
  readonly install?: boolean | undefined;
}

/** What the user asked for cannot be understood; the message says what can. */
export class ConfigError extends Error {}

export type Environment = Readonly<Record<string, string | undefined>>;

export function resolveConfig(flags: Flags = {}, environment: Environment = process.env): Config {
  // A variable that is set to nothing is not set: `EDGE_PORT= cloudlet start`.
  const from = (...names: readonly string[]) => names.map((name) => environment[name]).find((value) => value);
  const listen = parseListen(from('GATEWAY_LISTEN'));
  const dataDirectory = resolveDataDirectory(flags, environment);
  const logLevel = flags.log ?? from('CLOUDLET_LOG') ?? from('LS_LOG') ?? (isOn(from('DEBUG')) ? 'debug' : 'info');
  const publicHost = from('LOCALSTACK_HOST', 'HOSTNAME_EXTERNAL');
  const debianMirror = from('CLOUDLET_DEBIAN_MIRROR');
  const ubuntuMirror = from('CLOUDLET_UBUNTU_MIRROR');
  return {
    port: parsePort(flags.port ?? from('CLOUDLET_PORT') ?? listen.port ?? from('EDGE_PORT') ?? '4566'),
    host: flags.host ?? from('CLOUDLET_HOST') ?? listen.host ?? '127.0.0.1',
    dataDirectory,
    imageDirectory: resolve(flags.imageDir ?? from('CLOUDLET_IMAGE_DIR') ?? join(dataDirectory, 'images')),
    hypervisor: oneOf('hypervisor', flags.hypervisor ?? from('CLOUDLET_HYPERVISOR') ?? 'auto', [
      'auto',
      'lxc',
      'simulated',
      'none',
    ]),
    auth: oneOf('auth', flags.auth ?? from('CLOUDLET_AUTH') ?? 'lenient', ['lenient', 'strict']),
    durability: oneOf('durability', flags.durability ?? from('CLOUDLET_DURABILITY') ?? 'strict', ['strict', 'relaxed']),
    throttling: oneOf('throttling', flags.throttling ?? from('CLOUDLET_THROTTLING') ?? 'off', ['on', 'off']),
    newBuckets: oneOf('new-buckets', flags.newBuckets ?? from('CLOUDLET_NEW_BUCKETS') ?? 'classic', [
      'classic',
      'current',
    ]),
    logLevel: oneOf('log', logLevelAliases[logLevel.toLowerCase()] ?? logLevel, [
      'trace',
      'debug',
      'info',
      'warn',
      'error',
      'silent',
    ]),
    logFormat: oneOf('log-format', flags.logFormat ?? from('CLOUDLET_LOG_FORMAT') ?? 'text', ['text', 'json']),
    install: flags.install ?? !isOff(from('CLOUDLET_INSTALL')),
    ...(publicHost !== undefined && { publicHost }),
    initDirectory: resolve(from('CLOUDLET_INIT_DIR') ?? '/etc/localstack/init'),
    allowedOrigins: listOf(from('CLOUDLET_ALLOWED_ORIGINS', 'EXTRA_CORS_ALLOWED_ORIGINS')),
    mirrors: {
      ...(debianMirror !== undefined && { debian: debianMirror }),
      ...(ubuntuMirror !== undefined && { ubuntu: ubuntuMirror }),
    },
  };
}

/** The one setting that commands need which only look at a cloud, whatever the others say. */
export function resolveDataDirectory(flags: Pick<Flags, 'dataDir'>, environment: Environment = process.env): string {
  return resolve(flags.dataDir ?? (environment['CLOUDLET_DATA_DIR'] || join(homedir(), '.cloudlet')));
}

/** The region that clients use when nobody names one. */
export function resolveRegion(environment: Environment = process.env): string {
  return environment['AWS_REGION'] || environment['AWS_DEFAULT_REGION'] || 'us-east-1';
}

/** What makes the AWS tools talk to the cloud at `endpoint`. */
export function clientVariables(
  endpoint: string,
  environment: Environment = process.env,
): Readonly<Record<string, string>> {
  return {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: resolveRegion(environment),
  };
}

/** Variables of the user's shell that would lead the AWS tools elsewhere, or make them look for what is not there. */
export function conflictingVariables(environment: Environment = process.env): readonly string[] {
  return ['AWS_PROFILE', 'AWS_SESSION_TOKEN', 'AWS_IGNORE_CONFIGURED_ENDPOINT_URLS'].filter(
    (name) => environment[name],
  );
}

/** The environment of scripts that the cloud runs for the user: the user's own, pointed at the cloud. */
export function scriptEnvironment(
  endpoint: string,
  environment: Environment = process.env,
): Readonly<Record<string, string>> {
  const conflicting = new Set(conflictingVariables(environment));
  const inherited = Object.entries(environment).filter(
    ([name, value]) => value !== undefined && !conflicting.has(name),
  );
  return { ...Object.fromEntries(inherited as [string, string][]), ...clientVariables(endpoint, environment) };
}

/** How clients reach the cloud that listens on `port`: `http://localhost:4566`. */
export function endpointOf(config: Pick<Config, 'host' | 'publicHost'>, port: number): string {
  const { host, publicHost } = config;
  if (publicHost !== undefined) return `http://${/:\d+$/.test(publicHost) ? publicHost : `${publicHost}:${port}`}`;
  const name = isLoopbackOrAny(host) ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${port}`;
}

const isLoopbackOrAny = (host: string): boolean => ['127.0.0.1', '0.0.0.0', '::', '::1', 'localhost'].includes(host);

/** As LocalStack's `LS_LOG` has them. */
const logLevelAliases: Readonly<Record<string, LogLevel>> = { 'trace-internal': 'trace', warning: 'warn' };

/** LocalStack's `GATEWAY_LISTEN`: `0.0.0.0:4566`, `:4566`, `0.0.0.0`, `[::]:4566`, or several with commas: the first counts. */
function parseListen(text: string | undefined): { host?: string; port?: string } {
  const first = text?.split(',')[0]?.trim();
  if (!first) return {};
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(first) ?? [];
  const host = bracketed || plain;
  if (!host && !port) throw new ConfigError(`GATEWAY_LISTEN must look like 127.0.0.1:4566, not '${first}'`);
  return { ...(host && { host }), ...(port && { port }) };
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65535)
    throw new ConfigError(`--port must be a number from 0 to 65535, not '${text}'`);
  return Number(text);
}

function oneOf<const Choice extends string>(name: string, value: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((candidate) => candidate === value.toLowerCase());
  if (!choice) throw new ConfigError(`--${name} must be one of ${choices.join(', ')}, not '${value}'`);
  return choice;
}

const isOn = (value: string | undefined): boolean => ['1', 'true', 'yes'].includes(value?.toLowerCase() ?? '');

const isOff = (value: string | undefined): boolean => ['0', 'false', 'no'].includes(value?.toLowerCase() ?? '');

const listOf = (value: string | undefined): readonly string[] =>
  (value ?? '')
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
