// What is held in memory of a queue: which messages are visible, which are hidden and until when, and how many there
// are. All of it can be made again from the tables, so a crash costs nothing but the time to read them.

import type { TimestampMs } from '../../kernel/clock.ts';
import { createDeadlines } from './deadlines.ts';
import { createFifoOrder, createStandardOrder } from './lanes.ts';

export interface MessageState {
  readonly visibleAtMs: TimestampMs;
  readonly receiveCount: number;
  readonly firstReceivedAtMs: TimestampMs;
  /** When it was received last. */
  readonly receivedAtMs: TimestampMs;
  readonly group?: string;
}

type Place = 'visible' | 'in flight' | 'delayed';

interface KnownMessage {
  state: MessageState;
  place: Place;
  /** Out of its lane: handed out, or about to be. */
  isOut: boolean;
}

export interface QueueMemory {
  readonly isFifo: boolean;
  total: number;
  lastPosition: number;
  /** Messages below it were purged. */
  floor: number;
  /** Of a standard queue: up to where messages that were never received have been read in; the rest follows in pages. */
  readUpTo: number;
  isAllRead: boolean;
  /** Of a standard queue: some of its messages have a group, so that they have to be seen as a whole. */
  hasGroups: boolean;
  state(position: number): MessageState | undefined;
  isInFlight(position: number): boolean;
  /** A message that was sent now, or is read in. */
  admit(position: number, state: MessageState | undefined, nowMs: TimestampMs): void;
  /** Lets messages whose deadline has passed be seen again. */
  settle(nowMs: TimestampMs): void;
  /** Positions to be handed out; each must then be hidden or dropped. Those of removed messages may be among them. */
  take(most: number): readonly number[];
  /** After `take`, or for a message in flight whose deadline changes. */
  hide(position: number, state: MessageState, nowMs: TimestampMs): void;
  /** The message is removed. */
  drop(position: number): void;
  /** Before this moment a message of the group would overtake a delayed one. */
  notBeforeMs(group: string | undefined): TimestampMs;
  nextDeadlineMs(): TimestampMs | undefined;
  hasVisible(): boolean;
  readonly inFlight: number;
  readonly delayed: number;
}

export function createQueueMemory(isFifo: boolean): QueueMemory {
  const known = new Map<number, KnownMessage>();
  const deadlines = createDeadlines();
  const order = isFifo ? createFifoOrder() : createStandardOrder();
  const lastDelayedUntilMs = new Map<string, TimestampMs>();
  let inFlight = 0;
  let delayed = 0;

  function leavePlace(position: number, { place, state, isOut }: KnownMessage): void {
    if (place === 'in flight') inFlight -= 1;
    if (place === 'delayed') delayed -= 1;
    if (isOut) order.release(position, state.group);
  }

  function show(position: number, message: KnownMessage): void {
    const isBack = message.place !== 'visible' || message.state.receiveCount > 0;
    leavePlace(position, message);
    message.place = 'visible';
    message.isOut = false;
    order.add(position, message.state.group, isBack);
  }

  function conceal(position: number, message: KnownMessage): void {
    const { state } = message;
    deadlines.push({ atMs: state.visibleAtMs, position });
    if (state.receiveCount > 0) {
      message.place = 'in flight';
      inFlight += 1;
      return;
    }
    message.place = 'delayed';
    delayed += 1;
    if (state.group !== undefined) lastDelayedUntilMs.set(state.group, state.visibleAtMs);
  }

  return {
    isFifo,
    total: 0,
    lastPosition: 0,
    floor: 0,
    readUpTo: 0,
    isAllRead: isFifo,
    hasGroups: false,
    state: (position) => known.get(position)?.state,
    isInFlight: (position) => known.get(position)?.place === 'in flight',
    admit(position, state, nowMs) {
      if (!state) {
        order.add(position, undefined, false);
        return;
      }
      if (state.group !== undefined) this.hasGroups = true;
      const message: KnownMessage = { state, place: 'visible', isOut: false };
      known.set(position, message);
      if (state.visibleAtMs <= nowMs) {
        show(position, message);
        return;
      }
      conceal(position, message);
      if (message.place === 'in flight') markOut(position, message);
    },
    settle(nowMs) {
      for (let next = deadlines.peek(); next && next.atMs <= nowMs; next = deadlines.peek()) {
        deadlines.pop();
        const message = known.get(next.position);
        if (message && message.place !== 'visible' && message.state.visibleAtMs === next.atMs)
          show(next.position, message);
      }
      if (delayed === 0 && lastDelayedUntilMs.size > 0) lastDelayedUntilMs.clear();
    },
    take(most) {
      const taken = order.take(most, (position) => known.get(position)?.state);
      for (const position of taken) {
        const message = known.get(position);
        if (message) message.isOut = true;
      }
      return taken;
    },
    hide(position, state, nowMs) {
      const message: KnownMessage = known.get(position) ?? { state, place: 'visible', isOut: true };
      known.set(position, message);
      if (message.place === 'in flight') inFlight -= 1;
      message.place = 'visible';
      message.state = state;
      if (state.visibleAtMs > nowMs) conceal(position, message);
      else {
        leavePlace(position, message);
        message.isOut = false;
        order.add(position, state.group, true);
      }
    },
    drop(position) {
      const message = known.get(position);
      if (!message) return;
      known.delete(position);
      leavePlace(position, message);
    },
    notBeforeMs: (group) => (group === undefined ? 0 : (lastDelayedUntilMs.get(group) ?? 0)),
    nextDeadlineMs: () => deadlines.peek()?.atMs,
    hasVisible: () => order.hasAny(),
    get inFlight() {
      return inFlight;
    },
    get delayed() {
      return delayed;
    },
  };

  /** Read in again: it was out when we went, and still is. */
  function markOut(position: number, message: KnownMessage): void {
    message.isOut = true;
    order.shut(position, message.state.group);
  }
}
