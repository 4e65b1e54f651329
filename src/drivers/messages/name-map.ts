// A map from names to whole numbers that tells its names in order, as PositionMap does for positions.

export class NameMap<Name extends string> {
  readonly #values = new Map<Name, number>();

  get size(): number {
    return this.#values.size;
  }

  get(name: Name): number | undefined {
    return this.#values.get(name);
  }

  set(name: Name, value: number): void {
    this.#values.set(name, value);
  }

  delete(name: Name): void {
    this.#values.delete(name);
  }

  forEach(see: (value: number, name: Name) => void): void {
    this.#values.forEach(see);
  }

  sortedKeys(): readonly Name[] {
    return [...this.#values.keys()].sort();
  }
}
