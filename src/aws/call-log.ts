// The last calls and what they needed, in memory: `cloudlet explain` tells from it why a call was denied, and
// `cloudlet policy-from-log` which permissions a run of an application took. Both are about what was done just now; the
// history that lasts is CloudTrail's.

import type { TimestampMs } from '../kernel/clock.ts';
import type { Call, CallObserver, JudgedAccess } from './calls.ts';
import type { Principal } from './principal.ts';

/** A call without what it carried. */
export interface LoggedCall {
  readonly requestId: string;
  readonly atMs: TimestampMs;
  /** `s3` */
  readonly service: string;
  readonly operation: string;
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  readonly error: Call['error'];
  readonly accesses: readonly JudgedAccess[];
}

/** What one principal did to one resource, however often. */
export interface UsedAccess {
  /** ARN of the user, the role (of all its sessions), or the account's root. */
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly count: number;
  readonly denied: number;
  readonly firstMs: TimestampMs;
  readonly lastMs: TimestampMs;
}

export interface CallLog {
  readonly observe: CallObserver;
  find(requestId: string): LoggedCall | undefined;
  /** The latest first. */
  denied(): readonly LoggedCall[];
  /** What was needed since then, by one principal or by all. */
  accesses(filter: { readonly sinceMs?: TimestampMs; readonly principal?: string }): readonly UsedAccess[];
  forget(): void;
}

/** So many allowed ones, and so many denied ones, which are what is asked for. */
const mostCalls = 1_000;
const mostAccesses = 20_000;
/** Of one call: a request may name a thousand objects. */
const mostOfOneCall = 100;

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] };

export function createCallLog(): CallLog {
  const allowed = createRing<LoggedCall>(mostCalls);
  const refused = createRing<LoggedCall>(mostCalls);
  const used = new Map<string, Mutable<UsedAccess>>();

  function count({ principal: { arn, session }, atMs }: Call, access: JudgedAccess): void {
    const principal = session?.roleArn ?? arn;
    const isDenied = access.decision?.effect === 'deny';
    const key = `${principal}\n${access.action}\n${access.resource}`;
    const known = used.get(key);
    if (known) {
      known.count += 1;
      known.denied += isDenied ? 1 : 0;
      known.lastMs = atMs;
      return;
    }
    if (used.size >= mostAccesses) for (const oldest of used.keys()) if (used.delete(oldest)) break;
    const { action, resource } = access;
    const times = { firstMs: atMs, lastMs: atMs };
    used.set(key, { principal, action, resource, count: 1, denied: isDenied ? 1 : 0, ...times });
  }

  return {
    observe(call) {
      const { requestId, atMs, operation, account, region, principal, error, accesses } = call;
      const { service, name } = operation;
      const logged = {
        requestId,
        atMs,
        service: service.id,
        operation: name,
        account,
        region,
        principal,
        error,
        accesses: shortened(accesses),
      };
      (isDenied(logged) ? refused : allowed).push(logged);
      for (const access of accesses) count(call, access);
    },
    find: (requestId) =>
      refused.find((call) => call.requestId === requestId) ?? allowed.find((call) => call.requestId === requestId),
    denied: () => refused.latestFirst(),
    accesses: ({ sinceMs = 0, principal }) =>
      [...used.values()].filter(
        (use) => use.lastMs >= sinceMs && (principal === undefined || use.principal === principal),
      ),
    forget() {
      allowed.clear();
      refused.clear();
      used.clear();
    },
  };
}

const isDenied = ({ error, accesses }: LoggedCall): boolean => error !== undefined && accesses.some(wasDenied);

const wasDenied = ({ decision }: JudgedAccess): boolean => decision?.effect === 'deny';

/** What was denied is what is asked for. */
function shortened(accesses: readonly JudgedAccess[]): readonly JudgedAccess[] {
  if (accesses.length <= mostOfOneCall) return accesses;
  const [denied, others] = [accesses.filter(wasDenied), accesses.filter((access) => !wasDenied(access))];
  return [...denied, ...others].slice(0, mostOfOneCall);
}

interface Ring<T> {
  push(item: T): void;
  find(is: (item: T) => boolean): T | undefined;
  latestFirst(): readonly T[];
  clear(): void;
}

/** Keeps the last `size` items. */
function createRing<T>(size: number): Ring<T> {
  const items: T[] = [];
  let next = 0;
  return {
    push(item) {
      items[next] = item;
      next = (next + 1) % size;
    },
    find: (is) => items.find(is),
    latestFirst: () => [...items.slice(next), ...items.slice(0, next)].reverse(),
    clear() {
      items.length = 0;
      next = 0;
    },
  };
}
