// What is held in memory of a queue: which messages are visible, which are hidden and until when, and how many there
// are. All of it can be made again from the tables, so a crash costs nothing but the time to read them.

import type { TimestampMs } from '../../kernel/clock.ts';
import { Deadlines } from './deadlines.ts';
import { KnownMessages, type Slot } from './known-messages.ts';
import { createFifoOrder, createStandardOrder, type Order } from './lanes.ts';
import type { MessageState } from './storage.ts';

/** Entries of messages that are gone are not worth looking for before there are so many. */
const fewestDeadlines = 1024;

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
  readonly #known = new KnownMessages();
  readonly #deadlines = new Deadlines();
  readonly #order: Order;
  readonly #lastDelayedUntilMs = new Map<string, TimestampMs>();
  readonly #look = (position: number): { readonly group: string | undefined } | undefined => {
    const slot = this.#known.find(position);
    return slot === undefined ? undefined : { group: this.#known.group(slot) };
  };

  constructor(isFifo: boolean) {
    this.isFifo = isFifo;
    this.isAllRead = isFifo;
    this.#order = isFifo ? createFifoOrder() : createStandardOrder();
  }

  /** Whether it has a state. */
  knows(position: number): boolean {
    return this.#known.find(position) !== undefined;
  }

  state(position: number): MessageState | undefined {
    const slot = this.#known.find(position);
    return slot === undefined ? undefined : this.#known.state(slot);
  }

  isInFlight(position: number): boolean {
    const slot = this.#known.find(position);
    return slot !== undefined && this.#known.place(slot) === 'in flight';
  }

  /** A message that was sent now, or is read in. */
  admit(position: number, state: MessageState | undefined, nowMs: TimestampMs): void {
    if (!state) {
      this.#order.add(position, undefined, false);
      return;
    }
    if (state.group !== undefined) this.hasGroups = true;
    const slot = this.#known.add(position, state);
    if (state.visibleAtMs <= nowMs) {
      this.#show(position, slot);
      return;
    }
    this.#conceal(position, slot, state);
    if (this.#known.place(slot) !== 'in flight') return;
    // Read in again: it was out when we went, and still is.
    this.#known.setOut(slot, true);
    this.#order.shut(position, state.group);
  }

  /** Lets messages whose deadline has passed be seen again. */
  settle(nowMs: TimestampMs): void {
    const deadlines = this.#deadlines;
    const known = this.#known;
    while (deadlines.nextMs <= nowMs) {
      const atMs = deadlines.nextMs;
      const position = deadlines.pop();
      const slot = known.find(position);
      if (slot === undefined || known.place(slot) === 'visible') continue;
      if (known.visibleAtMs(slot) === atMs) this.#show(position, slot);
    }
    if (this.delayed === 0 && this.#lastDelayedUntilMs.size > 0) this.#lastDelayedUntilMs.clear();
  }

  /** Positions to be handed out; each must then be hidden or dropped. Those of removed messages may be among them. */
  take(most: number): readonly number[] {
    const taken = this.#order.take(most, this.#look);
    for (const position of taken) {
      const slot = this.#known.find(position);
      if (slot !== undefined) this.#known.setOut(slot, true);
    }
    return taken;
  }

  /** After `take`, or for a message in flight whose deadline changes. */
  hide(position: number, state: MessageState, nowMs: TimestampMs): void {
    const known = this.#known;
    let slot = known.find(position);
    if (slot === undefined) {
      slot = known.add(position, state);
      known.setOut(slot, true);
    } else {
      if (known.place(slot) === 'in flight') this.inFlight -= 1;
      known.setPlace(slot, 'visible');
      known.setState(slot, state);
    }
    if (state.visibleAtMs > nowMs) {
      this.#conceal(position, slot, state);
      return;
    }
    this.#leavePlace(position, slot);
    known.setOut(slot, false);
    this.#order.add(position, state.group, true);
  }

  /** The message is removed. Returns whether it had a state. */
  drop(position: number): boolean {
    const slot = this.#known.find(position);
    if (slot === undefined) return false;
    this.#leavePlace(position, slot);
    this.#known.remove(position, slot);
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

  #leavePlace(position: number, slot: Slot): void {
    const known = this.#known;
    const place = known.place(slot);
    if (place === 'in flight') this.inFlight -= 1;
    if (place === 'delayed') this.delayed -= 1;
    if (known.isOut(slot)) this.#order.release(position, known.group(slot));
  }

  #show(position: number, slot: Slot): void {
    const known = this.#known;
    const isBack = known.place(slot) !== 'visible' || known.receiveCount(slot) > 0;
    this.#leavePlace(position, slot);
    known.setPlace(slot, 'visible');
    known.setOut(slot, false);
    this.#order.add(position, known.group(slot), isBack);
  }

  #conceal(position: number, slot: Slot, { visibleAtMs, receiveCount, group }: MessageState): void {
    this.#deadlines.push(visibleAtMs, position);
    if (receiveCount > 0) {
      this.#known.setPlace(slot, 'in flight');
      this.inFlight += 1;
    } else {
      this.#known.setPlace(slot, 'delayed');
      this.delayed += 1;
      if (group !== undefined) this.#lastDelayedUntilMs.set(group, visibleAtMs);
    }
    // Messages are removed long before their deadlines, of which there would be hours' worth.
    if (this.#deadlines.size > fewestDeadlines + 2 * (this.inFlight + this.delayed)) this.#forgetPastDeadlines();
  }

  #forgetPastDeadlines(): void {
    this.#deadlines.keepOnly((atMs, position) => {
      const slot = this.#known.find(position);
      return slot !== undefined && this.#known.visibleAtMs(slot) === atMs;
    });
  }
}
