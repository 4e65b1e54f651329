// A cloud of queues and topics in memory, with the official clients for it, and a clock that is put forward: what falls due
// by that happens at once.

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
  /** Of the cloud's clock. */
  now(): number;
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
    now: clock.now,
    advance: clock.advance,
  };
}

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
  timer?: Timer;
}

/** What is due within this is waited for as on any clock; the rest happens when the clock is put forward. */
const momentMs = 500;

/** Stands still but for what is due in a moment, and can be put forward: how fast the machine is makes no difference. */
function createForwardClock(): Clock & { advance(byMs: number): void } {
  const startMs = systemClock.now();
  let nowMs = startMs;
  const pending = new Set<Pending>();
  const moveTo = (atMs: number): void => {
    nowMs = Math.max(nowMs, atMs);
    const due = [...pending].sort((a, b) => a.dueMs - b.dueMs);
    for (const entry of due) {
      if (!pending.has(entry)) continue;
      if (entry.dueMs <= nowMs) fire(entry);
      else arm(entry);
    }
  };
  const fire = (entry: Pending): void => {
    entry.timer?.cancel();
    pending.delete(entry);
    entry.run();
  };
  const arm = (entry: Pending): void => {
    if (entry.timer || entry.dueMs - nowMs > momentMs) return;
    entry.timer = systemClock.after(entry.dueMs - nowMs, () => moveTo(entry.dueMs));
  };
  const after = (delayMs: number, run: () => void): Timer => {
    const entry: Pending = { dueMs: nowMs + Math.max(0, delayMs), run };
    pending.add(entry);
    arm(entry);
    return {
      cancel() {
        entry.timer?.cancel();
        pending.delete(entry);
      },
    };
  };
  return {
    now: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    after,
    sleep: (delayMs, signal) =>
      new Promise((resolve, reject) => {
        const timer = after(delayMs, resolve);
        signal?.addEventListener('abort', () => {
          timer.cancel();
          reject(signal.reason);
        });
      }),
    advance: (byMs) => moveTo(nowMs + byMs),
  };
}
