// Which bodies are being read, and what was asked to go meanwhile. Shared by the engines.

export interface HeldBodies {
  hold(ids: readonly string[]): () => void;
  /** Whether it may go now; when not, it goes with the last who holds it. */
  mayGo(id: string): boolean;
}

export function createHeldBodies(letGo: (id: string) => void): HeldBodies {
  const holders = new Map<string, number>();
  const doomed = new Set<string>();

  function release(id: string): void {
    const left = (holders.get(id) ?? 1) - 1;
    if (left > 0) holders.set(id, left);
    else holders.delete(id);
    if (left === 0 && doomed.delete(id)) letGo(id);
  }

  return {
    hold(ids) {
      for (const id of ids) holders.set(id, (holders.get(id) ?? 0) + 1);
      let isHeld = true;
      return () => {
        if (isHeld) for (const id of ids) release(id);
        isHeld = false;
      };
    },
    mayGo(id) {
      if (!holders.has(id)) return true;
      doomed.add(id);
      return false;
    },
  };
}
