// What is known of messages that were received, delayed, or are in a group, as columns of numbers: a queue may have a hundred
// thousand of them out for hours, and objects that live so long are copied twice by the garbage collector.

import { PositionMap } from './position-map.ts';
import type { MessageState } from './storage.ts';

const smallest = 64;

export type MessagePlace = 'visible' | 'in flight' | 'delayed';

const places: readonly MessagePlace[] = ['visible', 'in flight', 'delayed'];

/** Of a message: where in the columns it is, until it is removed. */
export type Slot = number;

export class KnownMessages {
  readonly #slots = new PositionMap();
  /** Below it all slots are in use or free. */
  #end = 0;
  #free: Slot[] = [];
  #capacity = smallest;
  #visibleAtMs = new Float64Array(smallest);
  #firstReceivedAtMs = new Float64Array(smallest);
  #receivedAtMs = new Float64Array(smallest);
  #receiveCounts = new Uint32Array(smallest);
  #places = new Uint8Array(smallest);
  #isOut = new Uint8Array(smallest);
  /** Nothing where no message has one. */
  #groups: (string | undefined)[] = [];

  find(position: number): Slot | undefined {
    return this.#slots.get(position);
  }

  /** Of a message that is not there: visible, and not out. */
  add(position: number, state: MessageState): Slot {
    const slot = this.#free.pop() ?? this.#end++;
    if (slot === this.#capacity) this.#grow();
    this.#slots.set(position, slot);
    this.#places[slot] = 0;
    this.#isOut[slot] = 0;
    this.setState(slot, state);
    return slot;
  }

  remove(position: number, slot: Slot): void {
    this.#slots.delete(position);
    if (this.#slots.size === 0) {
      this.#clear();
      return;
    }
    this.#free.push(slot);
    if (this.#groups.length > 0) this.#groups[slot] = undefined;
  }

  state(slot: Slot): MessageState {
    return {
      visibleAtMs: this.#visibleAtMs[slot] as number,
      receiveCount: this.#receiveCounts[slot] as number,
      firstReceivedAtMs: this.#firstReceivedAtMs[slot] as number,
      receivedAtMs: this.#receivedAtMs[slot] as number,
      group: this.#groups[slot],
    };
  }

  setState(slot: Slot, { visibleAtMs, receiveCount, firstReceivedAtMs, receivedAtMs, group }: MessageState): void {
    this.#visibleAtMs[slot] = visibleAtMs;
    this.#firstReceivedAtMs[slot] = firstReceivedAtMs;
    this.#receivedAtMs[slot] = receivedAtMs;
    this.#receiveCounts[slot] = receiveCount;
    if (group !== undefined || this.#groups.length > 0) this.#setGroup(slot, group);
  }

  visibleAtMs(slot: Slot): number {
    return this.#visibleAtMs[slot] as number;
  }

  receiveCount(slot: Slot): number {
    return this.#receiveCounts[slot] as number;
  }

  group(slot: Slot): string | undefined {
    return this.#groups[slot];
  }

  place(slot: Slot): MessagePlace {
    return places[this.#places[slot] as number] as MessagePlace;
  }

  setPlace(slot: Slot, place: MessagePlace): void {
    this.#places[slot] = places.indexOf(place);
  }

  /** Out of its lane: handed out, or about to be. */
  isOut(slot: Slot): boolean {
    return this.#isOut[slot] === 1;
  }

  setOut(slot: Slot, isOut: boolean): void {
    this.#isOut[slot] = Number(isOut);
  }

  /** Without holes, which would make it a dictionary. */
  #setGroup(slot: Slot, group: string | undefined): void {
    while (this.#groups.length < slot) this.#groups.push(undefined);
    this.#groups[slot] = group;
  }

  #clear(): void {
    this.#end = 0;
    this.#free = [];
    this.#groups = [];
    if (this.#capacity > smallest) this.#resize(smallest, 0);
  }

  #grow(): void {
    this.#resize(this.#capacity * 2, this.#capacity);
  }

  #resize(capacity: number, kept: number): void {
    const moved = <Column extends Float64Array | Uint32Array | Uint8Array>(from: Column, to: Column): Column => {
      to.set(from.subarray(0, kept));
      return to;
    };
    this.#capacity = capacity;
    this.#visibleAtMs = moved(this.#visibleAtMs, new Float64Array(capacity));
    this.#firstReceivedAtMs = moved(this.#firstReceivedAtMs, new Float64Array(capacity));
    this.#receivedAtMs = moved(this.#receivedAtMs, new Float64Array(capacity));
    this.#receiveCounts = moved(this.#receiveCounts, new Uint32Array(capacity));
    this.#places = moved(this.#places, new Uint8Array(capacity));
    this.#isOut = moved(this.#isOut, new Uint8Array(capacity));
  }
}
