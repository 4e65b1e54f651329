// A cloud of queues and topics in memory, with the official clients for it, and a clock that can be put forward: what falls
// due by that happens at once.

import { SNS } from '@aws-sdk/client-sns';
import { SQS, type SQSClientConfig } from '@aws-sdk/client-sqs';
import type { AuthMode } from '../../aws/authenticate.ts';
import type { Service } from '../../aws/service.ts';
import { type ServedCloud, serveCloud } from '../../cloud.testing.ts';
import { createFakeWeb } from '../../drivers/web/fake-web.ts';
import type { Web } from '../../drivers/web/web.ts';
import { type Clock, systemClock, type Timer } from '../../kernel/clock.ts';

export interface MessagingCloud extends ServedCloud {
  sqs(account?: string, options?: SQSClientConfig): SQS;
  sns(account?: string, region?: string): SNS;
  /** Puts the clock forward; timers that are due by then fire in their order. */
  advance(byMs: number): void;
}

export async function startMessagingCloud(
  services: readonly Service[],
  web: Web = createFakeWeb(),
  auth: AuthMode = 'lenient',
): Promise<MessagingCloud> {
  const clock = createForwardClock();
  const served = await serveCloud({ services, clock, auth, drivers: { web } });
  const { keep, clientOptions } = served;
  return {
    ...served,
    sqs: (account, options = {}) => keep(new SQS({ ...clientOptions(account), ...options })),
    sns: (account, region) => keep(new SNS(clientOptions(account, region))),
    advance: clock.advance,
  };
}

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
  timer: Timer;
}

/** Goes as the machine's does, and can be put forward. */
function createForwardClock(): Clock & { advance(byMs: number): void } {
  let aheadMs = 0;
  const now = () => systemClock.now() + aheadMs;
  const pending = new Set<Pending>();
  const arm = (entry: Pick<Pending, 'dueMs'>, fire: () => void) => systemClock.after(entry.dueMs - now(), fire);
  const fireOf = (entry: Pending) => () => {
    pending.delete(entry);
    entry.run();
  };
  const after = (delayMs: number, run: () => void): Timer => {
    const entry = { dueMs: now() + Math.max(0, delayMs), run } as Pending;
    entry.timer = arm(entry, fireOf(entry));
    pending.add(entry);
    return {
      cancel() {
        entry.timer.cancel();
        pending.delete(entry);
      },
    };
  };
  return {
    now,
    monotonicMs: () => systemClock.monotonicMs() + aheadMs,
    after,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const timer = after(delayMs, resolve);
        signal?.addEventListener('abort', () => {
          timer.cancel();
          reject(signal.reason);
        });
      }),
    advance(byMs) {
      aheadMs += byMs;
      const due = [...pending].sort((a, b) => a.dueMs - b.dueMs);
      for (const entry of due) {
        entry.timer.cancel();
        if (entry.dueMs > now()) entry.timer = arm(entry, fireOf(entry));
        else if (pending.has(entry)) fireOf(entry)();
      }
    },
  };
}
