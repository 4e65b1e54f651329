// Lines as LXC 5.0 wrote them.

import { expect, it } from 'vitest';
import { parseFailureReasons, parseRunEnd } from './lxc-log.ts';

const failedStart = `lxc-start i-1 20261121092336.550 INFO     seccomp - ../src/lxc/seccomp.c:parse_config_v2:807 - Processing "[all]"
lxc-start i-1 20261121092336.580 ERROR    conf - ../src/lxc/conf.c:lxc_storage_prepare:512 - Failed to mount rootfs "/x" onto "/y" with options "(null)"
lxc-start i-1 20261121092336.580 ERROR    conf - ../src/lxc/conf.c:lxc_rootfs_init:543 - Invalid argument - Failed to prepare rootfs storage
lxc-start i-1 20261121092336.580 WARN     cgfsng - ../src/lxc/cgroups/cgfsng.c:cgfsng_monitor_destroy:926 - Device or resource busy
lxc-start i-1 20261121092336.581 ERROR    lxccontainer - ../src/lxc/lxccontainer.c:wait_on_daemonized_start:878 - Received container state "ABORTING" instead of "RUNNING"
lxc-start i-1 20261121092336.581 ERROR    lxc_start - ../src/lxc/tools/lxc_start.c:main:306 - The container failed to start
lxc-start i-1 20261121092336.581 ERROR    lxc_start - ../src/lxc/tools/lxc_start.c:main:311 - Additional information can be obtained by setting the --logfile and --logpriority options
`;
const ended = (how: string) =>
  `lxc-start i-1 20261121093657.641 INFO     error - ../src/lxc/error.c:lxc_error_set_and_log:34 - Child <29173> ended on ${how}\n`;

it('finds the reasons of a failed start, and nothing else', () => {
  expect(parseFailureReasons(failedStart)).toEqual([
    'Failed to mount rootfs "/x" onto "/y" with options "(null)"',
    'Invalid argument - Failed to prepare rootfs storage',
  ]);
  expect(parseFailureReasons('')).toEqual([]);
});

it('tells a power-off from every other end', () => {
  const [halt, reboot] = [ended('signal Interrupt(2)'), ended('signal Hangup(1)')];
  expect(parseRunEnd(halt)).toBe('power-off');
  expect(parseRunEnd(reboot + halt)).toBe('power-off');
  // Rebooted, and then the host went down.
  expect(parseRunEnd(reboot)).toBe('other');
  expect(parseRunEnd(ended('signal Killed(9)'))).toBe('other');
  expect(parseRunEnd(ended('error (255)'))).toBe('other');
  expect(parseRunEnd('')).toBe('other');
});
