// Objects in memory, for simulations and tests.

import { createMemoryItems } from '../items/memory-items.ts';
import { createHeldBodies } from './held-bodies.ts';
import { BodyMissing, type Objects } from './objects.ts';

export function createMemoryObjects(): Objects {
  const index = createMemoryItems();
  const bodies = new Map<string, Buffer>();
  const held = createHeldBodies((id) => bodies.delete(id));
  let written = 0;

  const newId = (): string => {
    written += 1;
    return written.toString(16).padStart(32, '0');
  };
  const bodyOf = (id: string): Buffer => {
    const body = bodies.get(id);
    if (!body) throw new BodyMissing(id);
    return body;
  };

  return {
    index,
    bodies: {
      async create() {
        const pieces: Uint8Array[] = [];
        return {
          push: (piece) => void pieces.push(piece),
          async end() {
            const id = newId();
            const body = Buffer.concat(pieces);
            bodies.set(id, body);
            return { id, bytes: body.byteLength };
          },
          abandon: async () => undefined,
        };
      },
      async *read(id, start, end) {
        const piece = bodyOf(id).subarray(start, end);
        if (piece.byteLength > 0) yield piece;
      },
      async copy(id) {
        const copied = newId();
        bodies.set(copied, bodyOf(id));
        return copied;
      },
      async remove(id) {
        if (held.mayGo(id)) bodies.delete(id);
      },
      hold: held.hold,
      async sweep(wanted) {
        const ids = [...bodies.keys()];
        const isWanted = await wanted(ids);
        const strays = ids.filter((_, at) => !isWanted[at]);
        for (const id of strays) bodies.delete(id);
        return strays.length;
      },
      async clear() {
        for (const id of [...bodies.keys()]) if (held.mayGo(id)) bodies.delete(id);
      },
    },
    close: () => index.close(),
  };
}
