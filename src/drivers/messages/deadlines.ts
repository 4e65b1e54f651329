// Which hidden message becomes visible next: a binary heap. An entry is not taken out when its message is removed or
// its deadline changed; whoever pops it compares it with what is known.

export interface Deadline {
  readonly atMs: number;
  readonly position: number;
}

export interface Deadlines {
  readonly size: number;
  push(deadline: Deadline): void;
  peek(): Deadline | undefined;
  pop(): Deadline | undefined;
}

const isBefore = (a: Deadline, b: Deadline): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.position < b.position);

export function createDeadlines(): Deadlines {
  const heap: Deadline[] = [];
  return {
    get size() {
      return heap.length;
    },
    push(deadline) {
      let at = heap.push(deadline) - 1;
      while (at > 0) {
        const parent = (at - 1) >>> 1;
        if (!isBefore(deadline, heap[parent] as Deadline)) break;
        heap[at] = heap[parent] as Deadline;
        at = parent;
      }
      heap[at] = deadline;
    },
    peek: () => heap[0],
    pop() {
      const first = heap[0];
      const last = heap.pop();
      if (first === undefined || last === undefined || heap.length === 0) return first;
      sink(heap, last);
      return first;
    },
  };
}

function sink(heap: Deadline[], deadline: Deadline): void {
  let at = 0;
  for (;;) {
    let child = at * 2 + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Deadline, heap[child] as Deadline)) child += 1;
    if (!isBefore(heap[child] as Deadline, deadline)) break;
    heap[at] = heap[child] as Deadline;
    at = child;
  }
  heap[at] = deadline;
}
