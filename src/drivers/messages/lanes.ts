// In which order a queue's visible messages are handed out. A standard queue: those that came back first, then as they
// were sent; groups that have very many messages out give way to the others. A FIFO queue: a lane for each group, shut
// behind the first of its messages that is out, served in turn.

import { createDeque, type Deque } from './deque.ts';

export interface Order {
  /** A message that may be handed out. `isBack` tells one that had been handed out or delayed from a new one. */
  add(position: number, group: string | undefined, isBack: boolean): void;
  /** At most `most` positions, whose messages are then out. `look` finds what is known of one: nothing when it is gone. */
  take(most: number, look: Look): number[];
  /** A message that was out is visible again, or gone. */
  release(position: number, group: string | undefined): void;
  /** A message is out already. */
  shut(position: number, group: string | undefined): void;
  hasAny(): boolean;
}

type Look = (position: number) => { readonly group: string | undefined } | undefined;

export function createStandardOrder(): Order {
  const back = createDeque();
  const fresh = createDeque();
  /** Nothing is counted before the first message with a group. */
  let groups: FairGroups | undefined;
  const next = () => back.shift() ?? fresh.shift();
  return {
    add(position, group, isBack) {
      if (group !== undefined) groups ??= createFairGroups(next);
      (isBack ? back : fresh).push(position);
    },
    take(most, look) {
      if (groups) return groups.take(most, look);
      const taken: number[] = [];
      while (taken.length < most) {
        const position = next();
        if (position === undefined) break;
        taken.push(position);
      }
      return taken;
    },
    release: (_position, group) => groups?.count(group, -1),
    shut(_position, group) {
      if (group !== undefined) groups ??= createFairGroups(next);
      groups?.count(group, 1);
    },
    hasAny: () => back.size + fresh.size > 0 || (groups?.hasAny() ?? false),
  };
}

interface FairGroups {
  take(most: number, look: Look): number[];
  /** More, or fewer, messages of the group are out. */
  count(group: string | undefined, by: number): void;
  hasAny(): boolean;
}

// A group is noisy while more than a tenth of what is out is its, so there are nine such groups at most.
const noisyShare = 0.1;
const fewestOutOfNoisy = 10;
/** How far a request looks for messages of others behind those of noisy groups. */
const mostPassedOver = 1000;

function createFairGroups(next: () => number | undefined): FairGroups {
  const outOf = new Map<string, number>();
  const setAside = new Map<string, Deque>();
  let out = 0;

  const isNoisy = (group: string): boolean => {
    const count = outOf.get(group) ?? 0;
    return count >= fewestOutOfNoisy && count > out * noisyShare;
  };

  function count(group: string | undefined, by: number): void {
    if (group === undefined) return;
    out += by;
    const left = (outOf.get(group) ?? 0) + by;
    if (left > 0) outOf.set(group, left);
    else outOf.delete(group);
  }

  /** The positions of a group that had to give way, while it may have them, and its messages are there. */
  function takeAside(most: number, taken: number[], look: Look, mayHave: (group: string) => boolean): void {
    for (const [group, positions] of setAside) {
      while (taken.length < most && positions.size > 0 && mayHave(group)) {
        const position = positions.shift() as number;
        if (!look(position)) continue;
        taken.push(position);
        count(group, 1);
      }
      if (positions.size === 0) setAside.delete(group);
    }
  }

  function putAside(group: string, position: number): void {
    const positions = setAside.get(group) ?? createDeque();
    setAside.set(group, positions);
    positions.push(position);
  }

  return {
    take(most, look) {
      const taken: number[] = [];
      takeAside(most, taken, look, (group) => !isNoisy(group));
      for (let passedOver = 0; taken.length < most && passedOver < mostPassedOver; ) {
        const position = next();
        if (position === undefined) break;
        const group = look(position)?.group;
        if (group !== undefined && isNoisy(group)) {
          putAside(group, position);
          passedOver += 1;
          continue;
        }
        count(group, 1);
        taken.push(position);
      }
      takeAside(most, taken, look, () => true);
      return taken;
    },
    count,
    hasAny: () => setAside.size > 0,
  };
}

interface Lane {
  readonly waiting: Deque;
  /** What one request was given, at most: nothing behind the first of them is handed out. */
  readonly out: Set<number>;
}

const firstOut = ({ out }: Lane): number => (out.size === 0 ? Infinity : Math.min(...out));

export function createFifoOrder(): Order {
  const lanes = new Map<string, Lane>();
  const open = new Set<string>();

  function laneOf(group: string): Lane {
    let lane = lanes.get(group);
    if (!lane) {
      lane = { waiting: createDeque(), out: new Set() };
      lanes.set(group, lane);
    }
    return lane;
  }

  function settle(group: string, lane: Lane): void {
    const next = lane.waiting.peek();
    if (next !== undefined && next < firstOut(lane)) {
      open.add(group);
      return;
    }
    open.delete(group);
    if (next === undefined && lane.out.size === 0) lanes.delete(group);
  }

  return {
    add(position, group = '') {
      const lane = laneOf(group);
      lane.waiting.insert(position);
      settle(group, lane);
    },
    take(most, look) {
      const taken: number[] = [];
      for (const group of open) {
        const lane = lanes.get(group) as Lane;
        const end = firstOut(lane);
        while (taken.length < most && (lane.waiting.peek() ?? end) < end) {
          const position = lane.waiting.shift() as number;
          if (!look(position)) continue;
          lane.out.add(position);
          taken.push(position);
        }
        settle(group, lane);
        if (taken.length === most) break;
      }
      return taken;
    },
    release(position, group = '') {
      const lane = lanes.get(group);
      if (!lane) return;
      lane.out.delete(position);
      settle(group, lane);
    },
    shut(position, group = '') {
      const lane = laneOf(group);
      lane.out.add(position);
      settle(group, lane);
    },
    hasAny: () => open.size > 0,
  };
}
