// A map from positions to whole numbers below 2^31 in arrays of numbers: open addressing with linear probing. Map keeps a
// position as an object of its own, and what is kept for a while is copied twice by the garbage collector.

const smallest = 64;
const nothing = -1;

const float = new Float64Array(1);
const words = new Int32Array(float.buffer);

/** Eight that follow one another are neighbours here as well, in one line of the processor's cache. */
function hashOf(position: number): number {
  const low = position & 7;
  float[0] = position - low;
  const hash = Math.imul(words[0] as number, 0x9e3779b1) ^ Math.imul(words[1] as number, 0x85ebca6b);
  return ((hash ^ (hash >>> 15)) << 3) | low;
}

export class PositionMap {
  size = 0;
  /** A power of two, less one. */
  #mask = smallest - 1;
  /** `nothing` where a place is free: positions are never negative. */
  #keys = new Float64Array(smallest).fill(nothing);
  #values = new Int32Array(smallest);

  get(position: number): number | undefined {
    const at = this.#find(position);
    return this.#keys[at] === position ? this.#values[at] : undefined;
  }

  set(position: number, value: number): void {
    const at = this.#find(position);
    this.#values[at] = value;
    if (this.#keys[at] === position) return;
    this.#keys[at] = position;
    this.size += 1;
    if (this.size * 2 > this.#mask) this.#resize((this.#mask + 1) * 2);
  }

  delete(position: number): void {
    let free = this.#find(position);
    if (this.#keys[free] !== position) return;
    this.size -= 1;
    // Those behind it that would no longer be found move up.
    for (let at = (free + 1) & this.#mask; this.#keys[at] !== nothing; at = (at + 1) & this.#mask) {
      const key = this.#keys[at] as number;
      const home = hashOf(key) & this.#mask;
      if (((at - home) & this.#mask) < ((at - free) & this.#mask)) continue;
      this.#keys[free] = key;
      this.#values[free] = this.#values[at] as number;
      free = at;
    }
    this.#keys[free] = nothing;
    if (this.size * 16 < this.#mask && this.#mask >= smallest) this.#resize((this.#mask + 1) / 4);
  }

  forEach(see: (value: number, position: number) => void): void {
    for (let i = 0; i < this.#keys.length; i++) {
      const key = this.#keys[i] as number;
      if (key !== nothing) see(this.#values[i] as number, key);
    }
  }

  /** All positions, ascending. By hand: `filter` makes an object of each. */
  sortedKeys(): Float64Array {
    const keys = this.#keys;
    const found = new Float64Array(this.size);
    let count = 0;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number;
      if (key !== nothing) found[count++] = key;
    }
    return sortPositions(found);
  }

  /** Where a position is, or would be. */
  #find(position: number): number {
    const keys = this.#keys;
    let at = hashOf(position) & this.#mask;
    for (let key = keys[at]; key !== position && key !== nothing; key = keys[at]) at = (at + 1) & this.#mask;
    return at;
  }

  #resize(capacity: number): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#mask = capacity - 1;
    this.#keys = new Float64Array(capacity).fill(nothing);
    this.#values = new Int32Array(capacity);
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as number;
      if (key === nothing) continue;
      const at = this.#find(key);
      this.#keys[at] = key;
      this.#values[at] = values[i] as number;
    }
  }
}

const digitSize = 2048;

/**
 * Ascending; by the digits of their distances from the least, from the last digit to the first. The system's own sort takes ten
 * times as long for a hundred thousand, and the event loop waits for it.
 */
function sortPositions(positions: Float64Array): Float64Array {
  let least = Number.POSITIVE_INFINITY;
  let greatest = 0;
  for (let i = 0; i < positions.length; i++) {
    const position = positions[i] as number;
    if (position < least) least = position;
    if (position > greatest) greatest = position;
  }
  let from: Float64Array = positions;
  let to: Float64Array = new Float64Array(positions.length);
  for (let unit = 1; unit <= greatest - least; unit *= digitSize) {
    const places = new Int32Array(digitSize + 1);
    for (let i = 0; i < from.length; i++) {
      const digit = (((from[i] as number) - least) / unit) & (digitSize - 1);
      places[digit + 1] = (places[digit + 1] as number) + 1;
    }
    for (let digit = 1; digit < digitSize; digit++)
      places[digit] = (places[digit] as number) + (places[digit - 1] as number);
    for (let i = 0; i < from.length; i++) {
      const position = from[i] as number;
      const digit = ((position - least) / unit) & (digitSize - 1);
      const place = places[digit] as number;
      places[digit] = place + 1;
      to[place] = position;
    }
    [from, to] = [to, from];
  }
  return from;
}
