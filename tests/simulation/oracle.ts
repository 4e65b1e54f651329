// Remembers what users were told, and compares it with what the cloud says later and with what is in the world.
// Convergence alone is not enough: a cloud that forgot everything would converge too.

import type { Instance } from '../../src/generated/ec2.types.ts';
import type { Scope } from '../../src/kernel/table.ts';

export type Wish = 'running' | 'stopped' | 'terminated';

export interface Promised {
  readonly scope: Scope;
  wish: Wish;
  shutdownBehavior: 'stop' | 'terminate';
  /** Told to be terminated: it must never be told to be anything else again. */
  wasTerminated: boolean;
  /** When terminated, so that it may be forgotten later. */
  terminatedAtMs?: number;
  /** The guest switched itself off, and nobody has asked for anything since: both outcomes are right. */
  mayHaveLeft: boolean;
  /** Its termination was asked for and not answered: it happened or it did not, and the next look shows which. */
  mayBeTerminated: boolean;
}

export interface Oracle {
  readonly promised: ReadonlyMap<string, Promised>;
  promise(instanceId: string, scope: Scope): void;
  wish(instanceId: string, wish: Wish): void;
  shutdownBehavior(instanceId: string, behavior: 'stop' | 'terminate'): void;
  guestLeft(instanceId: string): void;
  mayBeTerminated(instanceId: string): void;
  /** Everything has settled: whose guest has left must be off by now. */
  settled(): void;
  /** What DescribeInstances of `scope` answered. Throws on a contradiction. */
  saw(scope: Scope, instances: readonly Instance[], nowMs: number): void;
}

export function createOracle(): Oracle {
  const promised = new Map<string, Promised>();
  const require = (id: string): Promised => promised.get(id) ?? fail(`nobody was told of ${id}`);
  return {
    promised,
    promise: (id, scope) =>
      void promised.set(id, {
        scope,
        wish: 'running',
        shutdownBehavior: 'stop',
        wasTerminated: false,
        mayHaveLeft: false,
        mayBeTerminated: false,
      }),
    wish(id, wish) {
      const entry = require(id);
      if (entry.wish === 'terminated' && wish !== 'terminated')
        fail(`${id} was terminated, and then ${wish} was accepted`);
      entry.wish = wish;
      entry.mayHaveLeft = false;
    },
    shutdownBehavior(id, behavior) {
      require(id).shutdownBehavior = behavior;
    },
    guestLeft(id) {
      require(id).mayHaveLeft = true;
    },
    mayBeTerminated(id) {
      require(id).mayBeTerminated = true;
    },
    settled() {
      for (const entry of promised.values()) {
        if (!entry.mayHaveLeft) continue;
        entry.wish = entry.shutdownBehavior === 'stop' ? 'stopped' : 'terminated';
        entry.mayHaveLeft = false;
      }
    },
    saw(scope, instances, nowMs) {
      const seen = new Set<string>();
      for (const instance of instances) {
        const id = instance.InstanceId ?? '';
        seen.add(id);
        const entry = require(id);
        if (entry.scope.account !== scope.account || entry.scope.region !== scope.region)
          fail(`${id} is seen from another scope`);
        checkState(id, entry, instance.State?.Name, nowMs);
      }
      for (const [id, entry] of promised) {
        if (entry.scope.account !== scope.account || entry.scope.region !== scope.region || seen.has(id)) continue;
        const mayBeForgotten = entry.wasTerminated && nowMs - (entry.terminatedAtMs ?? nowMs) >= forgottenAfterMs;
        if (!mayBeForgotten) fail(`${id} was acknowledged, and is not there any more`);
      }
    },
  };
}

const forgottenAfterMs = 30 * 60_000;

function checkState(id: string, entry: Promised, state: string | undefined, nowMs: number): void {
  if (entry.wasTerminated && state !== 'terminated') fail(`${id} was terminated, and is ${state} now`);
  const allowed: Readonly<Record<Wish, readonly string[]>> = {
    running: ['pending', 'running'],
    stopped: ['stopping', 'stopped'],
    terminated: ['shutting-down', 'terminated'],
  };
  if (entry.mayBeTerminated && allowed.terminated.includes(state ?? '')) {
    entry.wish = 'terminated';
    entry.mayHaveLeft = false;
  }
  entry.mayBeTerminated = false;
  const right = [
    ...allowed[entry.wish],
    ...(entry.mayHaveLeft ? allowed[entry.shutdownBehavior === 'stop' ? 'stopped' : 'terminated'] : []),
  ];
  if (!right.includes(state ?? '')) fail(`${id} is ${state}, but ${entry.wish} was asked for last`);
  if (state === 'terminated') {
    entry.wasTerminated = true;
    entry.terminatedAtMs ??= nowMs;
  }
}

export function fail(message: string): never {
  throw new Error(`oracle: ${message}`);
}
