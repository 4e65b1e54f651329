// What is held in memory of a queue: which messages are visible, which are hidden and until when, and how many there
// are. All of it can be made again from the tables, so a crash costs nothing but the time to read them.

import type { TimestampMs } from '../../kernel/clock.ts';
import { Deadlines } from './deadlines.ts';
import { createFifoOrder, createStandardOrder, type Order } from './lanes.ts';
import type { MessageState } from './storage.ts';

type Place = 'visible' | 'in flight' | 'delayed';

/** Entries of messages that are gone are not worth looking for before there are so many. */
const fewestDeadlines = 1024;

class KnownMessage {
  state: MessageState;
  place: Place = 'visible';
  /** Out of its lane: handed out, or about to be. */
  isOut: boolean;

  constructor(state: MessageState, isOut: boolean) {
    this.state = state;
    this.isOut = isOut;
  }
}

export class QueueMemory {
  readonly isFifo: boolean;
  total = 0;
  lastPosition = 0;
  /** Messages below it were purged. */
  floor = 0;
  /** Of a standard queue: up to where messages that were never received have been read in; the rest follows in pages. */
  readUpTo = 0;
  isAllRead: boolean;
  /** Of a standard queue: some of its messages have a group, so that they have to be seen as a whole. */
  hasGroups = false;
  inFlight = 0;
  delayed = 0;
  readonly #known = new Map<number, KnownMessage>();
  readonly #deadlines = new Deadlines();
  readonly #order: Order;
  readonly #lastDelayedUntilMs = new Map<string, TimestampMs>();
  readonly #look = (position: number): MessageState | undefined => this.#known.get(position)?.state;

  constructor(isFifo: boolean) {
    this.isFifo = isFifo;
    this.isAllRead = isFifo;
    this.#order = isFifo ? createFifoOrder() : createStandardOrder();
  }

  state(position: number): MessageState | undefined {
    return this.#known.get(position)?.state;
  }

  isInFlight(position: number): boolean {
    return this.#known.get(position)?.place === 'in flight';
  }

  /** A message that was sent now, or is read in. */
  admit(position: number, state: MessageState | undefined, nowMs: TimestampMs): void {
    if (!state) {
      this.#order.add(position, undefined, false);
      return;
    }
    if (state.group !== undefined) this.hasGroups = true;
    const message = new KnownMessage(state, false);
    this.#known.set(position, message);
    if (state.visibleAtMs <= nowMs) {
      this.#show(position, message);
      return;
    }
    this.#conceal(position, message);
    if (message.place !== 'in flight') return;
    // Read in again: it was out when we went, and still is.
    message.isOut = true;
    this.#order.shut(position, state.group);
  }

  /** Lets messages whose deadline has passed be seen again. */
  settle(nowMs: TimestampMs): void {
    const deadlines = this.#deadlines;
    while (deadlines.nextMs <= nowMs) {
      const atMs = deadlines.nextMs;
      const position = deadlines.pop();
      const message = this.#known.get(position);
      if (message && message.place !== 'visible' && message.state.visibleAtMs === atMs) this.#show(position, message);
    }
    if (this.delayed === 0 && this.#lastDelayedUntilMs.size > 0) this.#lastDelayedUntilMs.clear();
  }

  /** Positions to be handed out; each must then be hidden or dropped. Those of removed messages may be among them. */
  take(most: number): readonly number[] {
    const taken = this.#order.take(most, this.#look);
    for (const position of taken) {
      const message = this.#known.get(position);
      if (message) message.isOut = true;
    }
    return taken;
  }

  /** After `take`, or for a message in flight whose deadline changes. */
  hide(position: number, state: MessageState, nowMs: TimestampMs): void {
    let message = this.#known.get(position);
    if (!message) {
      message = new KnownMessage(state, true);
      this.#known.set(position, message);
    }
    if (message.place === 'in flight') this.inFlight -= 1;
    message.place = 'visible';
    message.state = state;
    if (state.visibleAtMs > nowMs) {
      this.#conceal(position, message);
      return;
    }
    this.#leavePlace(position, message);
    message.isOut = false;
    this.#order.add(position, state.group, true);
  }

  /** The message is removed. Returns whether it had a state. */
  drop(position: number): boolean {
    const message = this.#known.get(position);
    if (!message) return false;
    this.#known.delete(position);
    this.#leavePlace(position, message);
    return true;
  }

  /** Before this moment a message of the group would overtake a delayed one. */
  notBeforeMs(group: string | undefined): TimestampMs {
    return group === undefined ? 0 : (this.#lastDelayedUntilMs.get(group) ?? 0);
  }

  /** Infinite when there is none. */
  get nextDeadlineMs(): TimestampMs {
    return this.#deadlines.nextMs;
  }

  /** Of messages that are hidden, and of some that are not any more. */
  get knownDeadlines(): number {
    return this.#deadlines.size;
  }

  hasVisible(): boolean {
    return this.#order.hasAny();
  }

  #leavePlace(position: number, { place, state, isOut }: KnownMessage): void {
    if (place === 'in flight') this.inFlight -= 1;
    if (place === 'delayed') this.delayed -= 1;
    if (isOut) this.#order.release(position, state.group);
  }

  #show(position: number, message: KnownMessage): void {
    const isBack = message.place !== 'visible' || message.state.receiveCount > 0;
    this.#leavePlace(position, message);
    message.place = 'visible';
    message.isOut = false;
    this.#order.add(position, message.state.group, isBack);
  }

  #conceal(position: number, message: KnownMessage): void {
    const { state } = message;
    this.#deadlines.push(state.visibleAtMs, position);
    if (state.receiveCount > 0) {
      message.place = 'in flight';
      this.inFlight += 1;
    } else {
      message.place = 'delayed';
      this.delayed += 1;
      if (state.group !== undefined) this.#lastDelayedUntilMs.set(state.group, state.visibleAtMs);
    }
    // Messages are removed long before their deadlines, of which there would be hours' worth.
    if (this.#deadlines.size > fewestDeadlines + 2 * (this.inFlight + this.delayed)) this.#forgetPastDeadlines();
  }

  #forgetPastDeadlines(): void {
    this.#deadlines.keepOnly((atMs, position) => this.#known.get(position)?.state.visibleAtMs === atMs);
  }
}
