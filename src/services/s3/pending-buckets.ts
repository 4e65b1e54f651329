// Which buckets have entries of a kind: found by jumping from one bucket's entries to the next one's.

import { afterPrefix, type Items } from '../../drivers/items/items.ts';
import { bucketPrefix, type Kind, kindPrefix } from './object-index.ts';

/** Their ids. */
export async function bucketsWith(index: Items, kind: Kind): Promise<Set<string>> {
  const all = kindPrefix(kind);
  const ids = new Set<string>();
  let from = all;
  for (;;) {
    let found: string | undefined;
    await index.visit({ from, to: afterPrefix(all) }, (entry) => {
      found = entry.toString('hex', 1, 9);
      return false;
    });
    if (found === undefined) return ids;
    ids.add(found);
    from = afterPrefix(bucketPrefix(kind, found));
  }
}
