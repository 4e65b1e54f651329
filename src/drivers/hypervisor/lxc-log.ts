// What LXC's log of one machine says: why a start failed, and how the last run ended. The log is the one place where
// the monitor writes down the guest's end, also while no cloudlet runs; it is started anew with every start.

// `lxc-start i-0123 20261121092336.580 ERROR    conf - ../src/lxc/conf.c:lxc_storage_prepare:512 - Failed to mount …`
const linePattern = /^\S+ \S+ \d+\.\d+ (\w+)\s+\w+ - \S+ - (.*)$/;

// What LXC adds to every failure; it says nothing about the reason.
const empty = [
  /^The container failed to start/,
  /^To get more details/,
  /^Additional information can be obtained/,
  /^Received container state "\w+" instead of/,
  /^An error occurred in another process/,
  /^Failed to spawn container/,
];

/** The log's errors that tell something, first one first; empty when there are none. */
export function parseFailureReasons(log: string): readonly string[] {
  const reasons = new Set<string>();
  for (const line of log.split('\n')) {
    const [, level, message = ''] = linePattern.exec(line) ?? [];
    if (level === 'ERROR' && !empty.some((pattern) => pattern.test(message))) reasons.add(message);
  }
  return [...reasons];
}

/**
 * How the guest's run ended, from the end of its log: in a PID namespace, the kernel kills init with SIGINT when the
 * guest powered itself off, and with SIGHUP when it rebooted (after which the monitor starts it again).
 */
export function parseRunEnd(log: string): 'power-off' | 'other' {
  const ends = [...log.matchAll(/Child <\d+> ended on (.*)/g)];
  return /^signal Interrupt\(2\)/.test(ends.at(-1)?.[1] ?? '') ? 'power-off' : 'other';
}
