// In which order a queue's visible messages are handed out. A standard queue: those that came back first, then as they
// were sent. A FIFO queue: a lane for each group, shut while one of its messages is out, served in turn.

import { createDeque, type Deque } from './deque.ts';

export interface Order {
  /** A message that may be handed out. `isBack` tells one that had been handed out or delayed from a new one. */
  add(position: number, group: string | undefined, isBack: boolean): void;
  /** At most `most` positions, whose messages are then out. `isThere` passes over those that were removed meanwhile. */
  take(most: number, isThere: (position: number) => boolean): number[];
  /** A message that was out is visible again, or gone. */
  release(group: string | undefined): void;
  /** A message of the group is out already. */
  shut(group: string | undefined): void;
  hasAny(): boolean;
}

export function createStandardOrder(): Order {
  const back = createDeque();
  const fresh = createDeque();
  return {
    add: (position, _group, isBack) => (isBack ? back : fresh).push(position),
    take(most) {
      const taken: number[] = [];
      while (taken.length < most) {
        const position = back.shift() ?? fresh.shift();
        if (position === undefined) break;
        taken.push(position);
      }
      return taken;
    },
    release: () => undefined,
    shut: () => undefined,
    hasAny: () => back.size + fresh.size > 0,
  };
}

interface Lane {
  readonly waiting: Deque;
  out: number;
}

export function createFifoOrder(): Order {
  const lanes = new Map<string, Lane>();
  const open = new Set<string>();

  function laneOf(group: string): Lane {
    let lane = lanes.get(group);
    if (!lane) {
      lane = { waiting: createDeque(), out: 0 };
      lanes.set(group, lane);
    }
    return lane;
  }

  function settle(group: string, lane: Lane): void {
    if (lane.out === 0 && lane.waiting.size > 0) {
      open.add(group);
      return;
    }
    open.delete(group);
    if (lane.out === 0) lanes.delete(group);
  }

  return {
    add(position, group = '') {
      const lane = laneOf(group);
      lane.waiting.insert(position);
      settle(group, lane);
    },
    take(most, isThere) {
      const taken: number[] = [];
      for (const group of open) {
        const lane = lanes.get(group) as Lane;
        while (taken.length < most && lane.waiting.size > 0) {
          const position = lane.waiting.shift() as number;
          if (!isThere(position)) continue;
          lane.out += 1;
          taken.push(position);
        }
        settle(group, lane);
        if (taken.length === most) break;
      }
      return taken;
    },
    release(group = '') {
      const lane = lanes.get(group);
      if (!lane) return;
      lane.out -= 1;
      settle(group, lane);
    },
    shut(group = '') {
      const lane = laneOf(group);
      lane.out += 1;
      settle(group, lane);
    },
    hasAny: () => open.size > 0,
  };
}
