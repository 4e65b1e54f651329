// Fetches the pinned botocore wheel (a zip of AWS's service models, Apache-2.0) through pip and reads models from it.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export const botocoreVersion = '1.44.5';

export interface BotocoreMember {
  readonly shape: string;
  readonly locationName?: string;
  readonly [trait: string]: unknown;
}

export interface BotocoreShape {
  readonly type: string;
  readonly members?: Readonly<Record<string, BotocoreMember>>;
  readonly member?: BotocoreMember;
  readonly key?: BotocoreMember;
  readonly value?: BotocoreMember;
  readonly enum?: readonly string[];
  readonly [trait: string]: unknown;
}

export interface BotocoreOperation {
  readonly name: string;
  readonly http: { readonly method: string; readonly requestUri: string; readonly responseCode?: number };
  readonly input?: BotocoreMember;
  readonly output?: BotocoreMember;
  readonly errors?: readonly BotocoreMember[];
  readonly [trait: string]: unknown;
}

export interface BotocoreModel {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly operations: Readonly<Record<string, BotocoreOperation>>;
  readonly shapes: Readonly<Record<string, BotocoreShape>>;
}

export interface BotocorePaginator {
  readonly input_token: string | readonly string[];
  readonly output_token: string | readonly string[];
  readonly limit_key?: string;
  readonly result_key?: string | readonly string[];
  readonly more_results?: string;
}

export interface Botocore {
  model(service: string): BotocoreModel;
  paginators(service: string): Readonly<Record<string, BotocorePaginator>>;
}

export function withBotocore<T>(use: (botocore: Botocore) => T): T {
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-botocore-'));
  const python = process.env['PYTHON'] ?? 'python3';
  try {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', folder, `botocore==${botocoreVersion}`];
    execFileSync(python, pip, { stdio: ['ignore', 'inherit', 'inherit'] });
    const wheel = readdirSync(folder).find((name) => name.endsWith('.whl'));
    if (!wheel) throw new Error(`pip left no wheel of botocore ${botocoreVersion} in ${folder}`);
    execFileSync(python, ['-m', 'zipfile', '-e', join(folder, wheel), folder]);
    return use(openBotocore(join(folder, 'botocore', 'data')));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function openBotocore(root: string): Botocore {
  const newest = (service: string): string => {
    const dates = readdirSync(join(root, service)).sort();
    const date = dates.findLast((name) =>
      readdirSync(join(root, service, name)).some((file) => file.startsWith('service-2.json')),
    );
    if (date === undefined) throw new Error(`botocore ${botocoreVersion} does not describe ${service}`);
    return join(root, service, date);
  };
  return {
    model(service) {
      const model = readJson(newest(service), 'service-2') as BotocoreModel;
      const extras = readJson(newest(service), 'service-2.sdk-extras') as { merge: object } | undefined;
      return (extras ? merged(model, extras.merge) : model) as BotocoreModel;
    },
    paginators(service) {
      const file = readJson(newest(service), 'paginators-1') as
        | { pagination?: Record<string, BotocorePaginator> }
        | undefined;
      return file?.pagination ?? {};
    },
  };
}

function readJson(folder: string, stem: string): unknown {
  for (const name of readdirSync(folder)) {
    if (name === `${stem}.json`) return JSON.parse(readFileSync(join(folder, name), 'utf8'));
    if (name === `${stem}.json.gz`) return JSON.parse(gunzipSync(readFileSync(join(folder, name))).toString());
  }
  return undefined;
}

function merged(base: unknown, over: unknown): unknown {
  if (!isRecord(base) || !isRecord(over)) return over;
  const result: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) result[key] = key in base ? merged(base[key], value) : value;
  return result;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
