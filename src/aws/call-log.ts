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
  const used = new UsedAccesses();

  function count({ principal: { arn, session }, atMs }: Call, { action, resource, decision }: JudgedAccess): void {
    const use = used.of(session?.roleArn ?? arn, action, resource, atMs);
    use.count += 1;
    if (decision?.effect === 'deny') use.denied += 1;
    use.lastMs = atMs;
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
      used.list().filter((use) => use.lastMs >= sinceMs && (principal === undefined || use.principal === principal)),
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

type CountedAccess = Mutable<UsedAccess>;

class UsedAccesses {
  /** As they came up first. */
  readonly #all = new Set<CountedAccess>();
  /** By principal, action and resource in turn: a key put together of them would be hashed anew for each request. */
  readonly #index = new Map<string, Map<string, Map<string, CountedAccess>>>();

  /** Counted from now on when it was not known. The oldest makes room for it. */
  of(principal: string, action: string, resource: string, atMs: TimestampMs): CountedAccess {
    const known = this.#index.get(principal)?.get(action)?.get(resource);
    if (known) return known;
    if (this.#all.size >= mostAccesses) for (const oldest of this.#all) if (this.#drop(oldest)) break;
    const use = { principal, action, resource, count: 0, denied: 0, firstMs: atMs, lastMs: atMs };
    this.#all.add(use);
    const byAction = this.#index.get(principal) ?? new Map<string, Map<string, CountedAccess>>();
    const byResource = byAction.get(action) ?? new Map<string, CountedAccess>();
    this.#index.set(principal, byAction.set(action, byResource.set(resource, use)));
    return use;
  }

  list(): readonly UsedAccess[] {
    return [...this.#all];
  }

  clear(): void {
    this.#all.clear();
    this.#index.clear();
  }

  #drop(use: CountedAccess): boolean {
    const byAction = this.#index.get(use.principal);
    const byResource = byAction?.get(use.action);
    byResource?.delete(use.resource);
    if (byResource?.size === 0) byAction?.delete(use.action);
    if (byAction?.size === 0) this.#index.delete(use.principal);
    return this.#all.delete(use);
  }
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
