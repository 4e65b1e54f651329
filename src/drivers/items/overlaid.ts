// Entries of two places as those of one, in order: what lies above hides what is below.

export interface Entry {
  readonly key: Buffer;
  readonly value: string;
}

/** Without a value, it hides an entry and has none to show. */
export interface UpperEntry {
  readonly key: Buffer;
  readonly value: string | undefined;
}

/** Both are in order, or both backwards, and have each key once. */
export function* overlaid(
  below: Iterable<Entry>,
  above: Iterable<UpperEntry>,
  isBackwards: boolean,
): Generator<Entry, void, undefined> {
  const upper = above[Symbol.iterator]();
  let next = upper.next();
  for (const entry of below) {
    let order = 1;
    while (!next.done) {
      order = Buffer.compare(next.value.key, entry.key) * (isBackwards ? -1 : 1);
      if (order > 0) break;
      if (isShown(next.value)) yield next.value;
      next = upper.next();
      if (order === 0) break;
    }
    if (order !== 0) yield entry;
  }
  for (; !next.done; next = upper.next()) if (isShown(next.value)) yield next.value;
}

const isShown = (entry: UpperEntry): entry is Entry => entry.value !== undefined;
