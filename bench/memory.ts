// How much memory a process has taken, by what the kernel tells of it.

import { readFileSync } from 'node:fs';

export interface Memory {
  /** Its own: what only swapping could take from it. */
  readonly anonymous: number;
  /** With the pages of files that it maps, which the kernel takes back when somebody needs the room. */
  readonly resident: number;
}

export function memoryMiB(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
  return { anonymous: kibibytes('RssAnon') / 1024, resident: kibibytes('VmRSS') / 1024 };
}

export interface MemoryWatch {
  /** The most that was seen of each. */
  peak(): Memory;
  stop(): void;
}

/** Looks ten times a second. */
export function watchMemory(pid: number): MemoryWatch {
  let most: Memory = { anonymous: 0, resident: 0 };
  const look = () => {
    const { anonymous, resident } = memoryMiB(pid);
    most = { anonymous: Math.max(most.anonymous, anonymous), resident: Math.max(most.resident, resident) };
  };
  const timer = setInterval(look, 100);
  return {
    peak() {
      look();
      return most;
    },
    stop: () => clearInterval(timer),
  };
}
