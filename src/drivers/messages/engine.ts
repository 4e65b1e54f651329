// The engine of messages on any storage. Every request is a piece of work in the turn's transaction; queues are read in
// when they are first touched, and long polls are served whenever something may have become visible.

import type { Clock, Timer } from '../../kernel/clock.ts';
import { decodeMessage } from './codec.ts';
import {
  deduplicationWindowMs,
  longestVisibilityMs,
  type Messages,
  type NewMessage,
  type QueueRef,
  type Receipt,
  type ReceiveResult,
  type RemoveOutcome,
  type SentMessage,
  type VisibilityChange,
  type VisibilityOutcome,
} from './messages.ts';
import { moveMessages } from './moving.ts';
import { beyondAll, minuteOf, type OpenQueue, openQueue, recentMinutes } from './queue-tables.ts';
import { receiveNow } from './receiving.ts';
import type { MessageStorage } from './storage.ts';
import { createTurn } from './turn.ts';
import { createWaiting, type Waiter } from './waiting.ts';

export interface MessagesOptions {
  readonly storage: MessageStorage;
  readonly clock: Clock;
}

const stepSize = 1000;

export function createMessages({ storage, clock }: MessagesOptions): Messages {
  const queues = new Map<string, OpenQueue>();
  const refs = new Map<string, QueueRef>();
  /** Touched in this turn. */
  const touched = new Set<OpenQueue>();
  /** Something is visible, but whoever waits may not have it: there is no use in trying again before a change. */
  const stuck = new Set<string>();
  const waiting = createWaiting(clock);
  const timers = new Map<string, Timer>();

  const turn = createTurn({
    storage,
    beforeCommit() {
      for (const queue of touched) {
        queue.save();
        if (waiting.has(queue.id)) serveSoon(queue);
      }
      touched.clear();
      stuck.clear();
    },
    afterFailure() {
      touched.clear();
      queues.clear();
    },
  });

  function open(ref: QueueRef): OpenQueue {
    let queue = queues.get(ref.id);
    if (!queue) {
      queue = openQueue(storage, ref, clock.now());
      queues.set(ref.id, queue);
      refs.set(ref.id, ref);
    }
    touched.add(queue);
    return queue;
  }

  /** Now, when something is visible; else when the next hidden message will be. */
  function serveSoon({ id, memory }: OpenQueue): void {
    timers.get(id)?.cancel();
    timers.delete(id);
    const nextMs = memory.nextDeadlineMs();
    if (memory.hasVisible() && !stuck.has(id)) void serve(id);
    else if (nextMs !== undefined)
      timers.set(
        id,
        clock.after(Math.max(0, nextMs - clock.now()), () => void serve(id)),
      );
  }

  async function serve(id: string): Promise<void> {
    const ref = refs.get(id);
    if (!ref) return;
    const served: (readonly [Waiter, ReceiveResult])[] = [];
    try {
      await turn.run(() => {
        for (const waiter of waiting.of(id)) {
          const result = receiveNow(open(ref), waiter.request, clock.now(), open);
          if (result.messages.length > 0) served.push([waiter, result]);
          else stuck.add(id);
          if (stuck.has(id)) return;
        }
      }, true);
      for (const [waiter, result] of served) waiter.end(result);
    } catch (error) {
      for (const waiter of waiting.of(id)) waiter.fail(error);
    }
  }

  function send(queue: OpenQueue, message: NewMessage): SentMessage {
    const nowMs = clock.now();
    const { deduplicationKey, messageId } = message;
    const key = deduplicationKey === undefined ? undefined : `sent ${deduplicationKey}`;
    const known = key === undefined ? undefined : queue.recall(key, nowMs);
    if (known) return { messageId: known[1], position: known[2][0]?.[0] ?? 0 };
    const position = queue.add(message, nowMs);
    if (key !== undefined) queue.remember(key, [nowMs + deduplicationWindowMs, messageId, [[position]]], nowMs);
    return { messageId, position };
  }

  function remove(queue: OpenQueue, { position, receiveCount }: Receipt): RemoveOutcome {
    const { memory } = queue;
    const state = memory.state(position);
    if (!state || position < memory.floor) return 'gone';
    if (memory.isFifo && (!memory.isInFlight(position) || state.receiveCount !== receiveCount)) return 'stale';
    queue.remove(position);
    return 'removed';
  }

  function changeVisibility(queue: OpenQueue, change: VisibilityChange): VisibilityOutcome {
    const { receipt, visibilityMs } = change;
    const { memory } = queue;
    const nowMs = clock.now();
    const state = memory.state(receipt.position);
    if (!state) return 'gone';
    if (!memory.isInFlight(receipt.position)) return 'visible';
    if (memory.isFifo && state.receiveCount !== receipt.receiveCount) return 'gone';
    const visibleAtMs = nowMs + visibilityMs;
    if (visibleAtMs - state.receivedAtMs > longestVisibilityMs) return 'beyond-limit';
    queue.setState(receipt.position, { ...state, visibleAtMs }, nowMs);
    return 'changed';
  }

  /** In steps, so that other work comes between. */
  async function inSteps(step: () => boolean): Promise<void> {
    while (!(await turn.run(step)));
  }

  return {
    send: (ref, messages) =>
      turn.run(() => {
        const queue = open(ref);
        return messages.map((message) => send(queue, message));
      }),

    async receive(ref, request, patience) {
      let wait: Promise<ReceiveResult> | undefined;
      const result = await turn.run(() => {
        const found = receiveNow(open(ref), request, clock.now(), open);
        // Registered within the turn: a message that comes right after it finds someone waiting.
        if (found.messages.length === 0 && patience && patience.waitMs > 0)
          wait = waiting.wait(ref.id, request, patience.waitMs, patience.signal());
        return found;
      }, true);
      return wait ?? result;
    },

    remove: (ref, receipts) =>
      turn.run(() => {
        const queue = open(ref);
        queue.memory.settle(clock.now());
        return receipts.map((receipt) => remove(queue, receipt));
      }),

    changeVisibility: (ref, changes) =>
      turn.run(() => {
        const queue = open(ref);
        queue.memory.settle(clock.now());
        return changes.map((change) => changeVisibility(queue, change));
      }),

    count: (ref, retentionMs) =>
      turn.run(() => {
        const queue = open(ref);
        const nowMs = clock.now();
        queue.memory.settle(nowMs);
        queue.expire(nowMs - retentionMs, stepSize);
        const { total, inFlight, delayed } = queue.memory;
        return { visible: total - inFlight - delayed, inFlight, delayed };
      }, true),

    purge: (ref) =>
      turn.run(() => {
        const queue = open(ref);
        const { lastPosition } = queue.memory;
        // What lies below the floor is as good as gone; it is taken off the disk in steps.
        storage.queues.put([ref.id], [0, lastPosition, lastPosition + 1]);
        touched.delete(queue);
        queues.delete(ref.id);
      }),

    async expire(ref, retentionMs) {
      await inSteps(() => open(ref).expire(clock.now() - retentionMs, stepSize));
      await inSteps(() => forgetRecent(storage, ref.id, minuteOf(clock.now()) - recentMinutes));
      const [oldest] = storage.messages.range([ref.id, 0], [ref.id, beyondAll], 1);
      return oldest?.value[4];
    },

    move: (from, request) => turn.run(() => moveMessages(open(from), request, clock.now(), open)),

    peek: (ref, most) =>
      turn.run(() => {
        const queue = open(ref);
        queue.memory.settle(clock.now());
        return storage.messages
          .range([ref.id, queue.memory.floor], [ref.id, beyondAll], most)
          .map(({ key, value }) => peeked(queue, key[1] as number, decodeMessage(value), clock.now()));
      }, true),

    async queues() {
      return storage.queues.keys([], ['\uffff'], Number.MAX_SAFE_INTEGER).map((key) => String(key[0]));
    },

    async clear(id) {
      waiting.endAll(id);
      timers.get(id)?.cancel();
      timers.delete(id);
      const tables = [storage.messages, storage.states, storage.recent];
      await inSteps(() => {
        const queue = queues.get(id);
        if (queue) touched.delete(queue);
        queues.delete(id);
        const removed = tables.map((table) => {
          const keys = table.keys([id], [id, beyondAll], stepSize);
          for (const key of keys) table.remove(key);
          return keys.length;
        });
        const isDone = removed.every((count) => count < stepSize);
        if (isDone) storage.queues.remove([id]);
        return isDone;
      });
      refs.delete(id);
    },

    async close() {
      for (const timer of timers.values()) timer.cancel();
      waiting.endAll();
      await turn.run(() => undefined);
      await storage.close();
    },
  };
}

function peeked(queue: OpenQueue, position: number, message: ReturnType<typeof decodeMessage>, nowMs: number) {
  const state = queue.memory.state(position);
  return {
    ...message,
    position,
    receiveCount: state?.receiveCount ?? 0,
    firstReceivedAtMs: state && state.receiveCount > 0 ? state.firstReceivedAtMs : undefined,
    isVisible: !state || state.visibleAtMs <= nowMs,
  };
}

function forgetRecent(storage: MessageStorage, id: string, beforeMinute: number): boolean {
  const keys = storage.recent.keys([id, 0], [id, beforeMinute], stepSize);
  for (const key of keys) storage.recent.remove(key);
  return keys.length < stepSize;
}
