// Writes calls into the event history, about once a second: an answer does not wait for its event, and AWS's own come
// minutes later. What a kill cuts off in between is lost. The history is bounded: the oldest events go.

import type { Call, CallObserver } from '../../aws/calls.ts';
import type { Server, World } from '../../aws/service.ts';
import type { Timer } from '../../kernel/clock.ts';
import { newUuid } from '../../kernel/ids.ts';
import type { Store } from '../../kernel/store.ts';
import type { SpecTable } from '../../kernel/table.ts';
import { describeCall, kindOf, regionOf } from './event-record.ts';
import { type EventSpec, eventRowId, events } from './events.table.ts';

export interface Recorder {
  readonly record: CallObserver;
  /** Writes down what waits when the cloud stops. */
  readonly server: Server;
}

const writtenEveryMs = 1_000;
/** Reads beyond so many between two writings are left out; changes never are. */
const mostReads = 200;
/** Of an account in a region. */
const mostEvents = 5_000;
/** Of how many accounts and regions the number of events is remembered; it is counted again when it was forgotten. */
const mostKept = 1_000;

type RecorderWorld = Pick<World, 'store' | 'clock' | 'random'>;

const recorders = new WeakMap<Store, Recorder>();

/** One for each cloud: the manifest asks for it twice. */
export function recorderOf(world: RecorderWorld): Recorder {
  const known = recorders.get(world.store);
  if (known) return known;
  const recorder = createRecorder(world);
  recorders.set(world.store, recorder);
  return recorder;
}

function createRecorder({ store, clock, random }: RecorderWorld): Recorder {
  let waiting: Call[] = [];
  let reads = 0;
  let count = 0;
  let timer: Timer | undefined;
  const kept = new Map<string, number>();

  store.subscribe((changes) => {
    if (changes.length > 0) return;
    forget();
    kept.clear();
  });

  function forget(): void {
    waiting = [];
    reads = 0;
    timer?.cancel();
    timer = undefined;
  }

  function record(call: Call): void {
    const { isData, isReadOnly } = kindOf(call.operation);
    if (isData || call.principal.kind === 'guest') return;
    if (isReadOnly) {
      if (reads >= mostReads) return;
      reads += 1;
    }
    // The body and the socket must not be held on to.
    const userAgent = call.request?.headers['user-agent'];
    const request = call.request && {
      method: call.request.method,
      path: call.request.path,
      query: call.request.query,
      remoteAddress: call.request.remoteAddress,
      headers: userAgent === undefined ? {} : { 'user-agent': userAgent },
    };
    waiting.push({ ...call, request });
    timer ??= clock.after(writtenEveryMs, write);
  }

  function write(): void {
    const calls = waiting;
    forget();
    if (calls.length === 0) return;
    store.changeSpecs((transaction) => {
      for (const [key, ofScope] of byScope(calls)) {
        const [{ account, region }] = ofScope;
        const table = transaction.table(events, { account, region });
        for (const call of ofScope) {
          const eventId = newUuid(random);
          count += 1;
          table.insert(eventRowId(call.atMs, count, eventId), describeCall(call, eventId));
        }
        trim(table, key, ofScope.length);
      }
    });
  }

  /** Seldom, and many at once: finding the oldest takes a walk over all. */
  function trim(table: SpecTable<EventSpec, null>, key: string, added: number): void {
    const known = kept.get(key);
    const now = known === undefined ? [...table.list()].length : known + added;
    if (known === undefined && kept.size >= mostKept) kept.clear();
    kept.set(key, now);
    if (now <= mostEvents * 1.2) return;
    for (const { id } of [...table.list()].slice(mostEvents)) table.remove(id);
    kept.set(key, mostEvents);
  }

  const server: Server = {
    name: 'cloudtrail.recorder',
    async start() {},
    async stop() {
      write();
    },
  };
  return { record, server };
}

function byScope(calls: readonly Call[]): ReadonlyMap<string, readonly [Call, ...Call[]]> {
  const scopes = new Map<string, [Call, ...Call[]]>();
  for (const given of calls) {
    const call = { ...given, region: regionOf(given) };
    const key = `${call.account} ${call.region}`;
    const known = scopes.get(key);
    if (known) known.push(call);
    else scopes.set(key, [call]);
  }
  return scopes;
}
