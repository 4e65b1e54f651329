// A cloud in memory, the official client of S3 for it, and a wall clock that stands still and can jump ahead: no second,
// minute or day ends in the middle of a test.

import { S3Client } from '@aws-sdk/client-s3';
import type { Service } from '../../aws/service.ts';
import { type ServedCloud, serveCloud } from '../../cloud.testing.ts';
import type { Drivers } from '../../drivers/drivers.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';

export interface TestCloud extends ServedCloud {
  client(account?: string, region?: string): S3Client;
  /** Of the wall clock. */
  now(): number;
  /** Lets the wall clock jump ahead. */
  advance(byMs: number): void;
}

/** With drivers in memory, but for those that are given. */
export async function startTestCloud(services: readonly Service[], drivers: Partial<Drivers> = {}): Promise<TestCloud> {
  let nowMs = systemClock.now();
  const clock: Clock = { ...systemClock, now: () => nowMs };
  const served = await serveCloud({ services, clock, drivers, auth: 'strict' });
  return {
    ...served,
    client: (account, region) =>
      served.keep(new S3Client({ ...served.clientOptions(account, region), forcePathStyle: true })),
    now: () => clock.now(),
    advance(byMs) {
      nowMs += byMs;
    },
  };
}
