// Notices machines that stop by themselves. Nothing tells us (their monitors are not our children, and may have been
// started by a cloudlet that is dead), so it looks: a read of /proc per running machine, a few times a second.

import type { Clock, Timer } from '../../kernel/clock.ts';
import type { MachineListener } from './hypervisor.ts';

export interface MachineWatch {
  /** The machine runs: say so when it no longer does. */
  expectRunning(id: string): void;
  /** It will stop because we want it to. */
  expectStop(id: string): void;
  listen(listener: MachineListener): () => void;
  close(): void;
}

const intervalMs = 300;

/** `isRunning` is called for every expected machine at every look. */
export function createMachineWatch(clock: Clock, isRunning: (id: string) => boolean): MachineWatch {
  const expected = new Set<string>();
  const listeners = new Set<MachineListener>();
  let timer: Timer | undefined;

  const look = () => {
    for (const id of [...expected].filter((each) => !isRunning(each))) {
      expected.delete(id);
      for (const listener of [...listeners]) listener(id);
    }
    timer = listeners.size > 0 ? clock.after(intervalMs, look) : undefined;
  };

  return {
    expectRunning: (id) => expected.add(id),
    expectStop: (id) => expected.delete(id),
    listen(listener) {
      listeners.add(listener);
      timer ??= clock.after(intervalMs, look);
      return () => listeners.delete(listener);
    },
    close() {
      listeners.clear();
      timer?.cancel();
      timer = undefined;
    },
  };
}
