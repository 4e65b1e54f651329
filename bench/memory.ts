// How much memory a process has taken, by what the kernel tells of it.

import { existsSync, readFileSync } from 'node:fs';

export interface Memory {
  /** Its own: what only swapping could take from it. */
  readonly anonymous: number;
  /** With the pages of files that it maps, which the kernel takes back when somebody needs the room. */
  readonly resident: number;
}

/** Nothing of a process that has ended. */
export function memoryMiB(pid: number): Memory {
  if (!existsSync(`/proc/${pid}/status`)) return { anonymous: 0, resident: 0 };
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kibibytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
  return { anonymous: kibibytes('RssAnon') / 1024, resident: kibibytes('VmRSS') / 1024 };
}

export interface MemoryWatch {
  /** The most that was seen of each. */
  peak(): Memory;
  /** From now on another process: the cloud was started again. */
  follow(pid: number): void;
  stop(): void;
}

/** Looks ten times a second. */
export function watchMemory(pid: number): MemoryWatch {
  let watched = pid;
  let most: Memory = { anonymous: 0, resident: 0 };
  const look = () => {
    const { anonymous, resident } = memoryMiB(watched);
    most = { anonymous: Math.max(most.anonymous, anonymous), resident: Math.max(most.resident, resident) };
  };
  const timer = setInterval(look, 100);
  return {
    peak() {
      look();
      return most;
    },
    follow(other) {
      watched = other;
    },
    stop: () => clearInterval(timer),
  };
}
