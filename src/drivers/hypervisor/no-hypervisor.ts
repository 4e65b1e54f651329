// For hosts that cannot run machines, or must not: EC2's control plane works, and a launch says why nothing boots.

import type { Capability } from '../capability.ts';
import type { Hypervisor } from './hypervisor.ts';

/** `capability` says why: `{ available: false, reason, remedy }`. */
export function createNoHypervisor(capability: Capability): Hypervisor {
  const { reason = 'this host runs no machines', remedy } = capability;
  const refuse = async () => {
    throw new Error(remedy === undefined ? reason : `${reason} (${remedy})`);
  };
  return {
    kind: 'none',
    probe: async () => capability,
    ensureRunning: refuse,
    reboot: refuse,
    // There is nothing, so nothing runs and nothing is left.
    ensureStopped: async () => undefined,
    ensureAbsent: async () => undefined,
    inspect: async () => undefined,
    list: async () => [],
    consoleOutput: async () => new Uint8Array(),
    watch: () => () => undefined,
    close: async () => undefined,
  };
}
