// What a service is put under while its cloud gets killed: workers that ask for things without pause and note what was
// acknowledged, and a check, after a restart, that all of it is there and nothing is half there.

import type { Random } from '../../src/kernel/random.ts';

export interface Load {
  readonly name: string;
  /** Makes the tables, queues and buckets, once. */
  prepare(): Promise<void>;
  /** Resolves when `isOver` or when the cloud is gone. Throws what a living cloud refused. */
  work(isOver: () => boolean): Promise<void>;
  /** Compares what there is with what was acknowledged so far. */
  check(): Promise<void>;
  /** A sentence on how much was checked, for the log. */
  summary(): string;
}

export interface LoadOptions {
  readonly endpoint: string;
  readonly random: Random;
}

/** Every request once: a client that tries again by itself would hide what happened to the first try. */
export function clientConfiguration(endpoint: string) {
  return {
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  };
}

export type Attempt<T> = { readonly acknowledged: true; readonly output: T } | { readonly acknowledged: false };

/** A cloud that died leaves open whether it did what was asked. One that answers with an error has failed the test. */
export async function attempt<T>(request: Promise<T>): Promise<Attempt<T>> {
  try {
    return { acknowledged: true, output: await request };
  } catch (error) {
    // An answer that began well and was cut off in the middle is none.
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode ?? 200;
    if (status >= 300 || !isConnectionError(error)) throw error;
    return { acknowledged: false };
  }
}

const connectionErrors = /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|aborted|premature|UND_ERR|other side closed/i;

function isConnectionError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = (error as { code?: string }).code ?? '';
  return connectionErrors.test(`${code} ${error.name} ${error.message}`);
}

/** Runs `count` workers; each ends at the first request that was not answered. */
export async function inParallel(count: number, worker: (index: number) => Promise<void>): Promise<void> {
  await Promise.all(Array.from({ length: count }, (_, index) => worker(index)));
}
