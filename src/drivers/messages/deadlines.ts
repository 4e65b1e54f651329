// Which hidden message becomes visible next: a binary heap of moments and positions, sixteen bytes an entry. An entry is not
// taken out when its message is removed or its deadline changed; whoever pops it compares it with what is known, and has
// the heap cleared of such entries when most of it is.

export class Deadlines {
  readonly #atMs: number[] = [];
  readonly #positions: number[] = [];

  get size(): number {
    return this.#atMs.length;
  }

  /** Infinite when there is none. */
  get nextMs(): number {
    return this.#atMs[0] ?? Number.POSITIVE_INFINITY;
  }

  push(atMs: number, position: number): void {
    let at = this.#atMs.push(atMs) - 1;
    this.#positions.push(position);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!this.#isBefore(atMs, position, parent)) break;
      this.#move(parent, at);
      at = parent;
    }
    this.#set(at, atMs, position);
  }

  /** The position whose moment comes next. */
  pop(): number {
    const first = this.#positions[0] as number;
    const atMs = this.#atMs.pop() as number;
    const position = this.#positions.pop() as number;
    if (this.#atMs.length > 0) this.#sink(atMs, position);
    return first;
  }

  /** Forgets the entries that do not hold any more. */
  keepOnly(holds: (atMs: number, position: number) => boolean): void {
    let count = 0;
    for (let at = 0; at < this.#atMs.length; at++) {
      if (holds(this.#atMs[at] as number, this.#positions[at] as number)) this.#move(at, count++);
    }
    this.#atMs.length = count;
    this.#positions.length = count;
    for (let at = (count >>> 1) - 1; at >= 0; at--)
      this.#sink(this.#atMs[at] as number, this.#positions[at] as number, at);
  }

  #sink(atMs: number, position: number, from = 0): void {
    const count = this.#atMs.length;
    let at = from;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= count) break;
      const other = child + 1;
      if (other < count && this.#isBefore(this.#atMs[other] as number, this.#positions[other] as number, child))
        child = other;
      if (this.#isBefore(atMs, position, child)) break;
      this.#move(child, at);
      at = child;
    }
    this.#set(at, atMs, position);
  }

  #isBefore(atMs: number, position: number, other: number): boolean {
    const otherMs = this.#atMs[other] as number;
    return atMs < otherMs || (atMs === otherMs && position < (this.#positions[other] as number));
  }

  #move(from: number, to: number): void {
    this.#set(to, this.#atMs[from] as number, this.#positions[from] as number);
  }

  #set(at: number, atMs: number, position: number): void {
    this.#atMs[at] = atMs;
    this.#positions[at] = position;
  }
}
