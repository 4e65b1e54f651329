// A queue of numbers: both ends at constant cost, eight bytes an entry.

export interface Deque {
  readonly size: number;
  push(value: number): void;
  shift(): number | undefined;
  peek(): number | undefined;
  /** Puts a value where it belongs in a deque that is in ascending order. */
  insert(value: number): void;
}

export function createDeque(): Deque {
  let values: number[] = [];
  let head = 0;
  const last = () => values[values.length - 1];
  return {
    get size() {
      return values.length - head;
    },
    push: (value) => void values.push(value),
    peek: () => values[head],
    shift() {
      if (head === values.length) return undefined;
      const value = values[head] as number;
      head += 1;
      if (head === values.length) {
        values = [];
        head = 0;
      } else if (head > 1024 && head * 2 > values.length) {
        values = values.slice(head);
        head = 0;
      }
      return value;
    },
    insert(value) {
      const greatest = last();
      if (head === values.length || greatest === undefined || greatest < value) {
        values.push(value);
        return;
      }
      let [low, high] = [head, values.length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((values[middle] as number) < value) low = middle + 1;
        else high = middle;
      }
      if (low === head && head > 0) {
        head -= 1;
        values[head] = value;
      } else values.splice(low, 0, value);
    },
  };
}
