// The narrow door to whatever runs guests. Every verb is idempotent: calling it twice, or after a crash in the middle,
// ends in the same world. A machine is named by its row's id (`i-…`), so `list()` finds it again without any memory.

import type { Capability } from '../capability.ts';

/** What a guest is made of. All of it is needed on every start; nothing is remembered between two starts. */
export interface MachineSpec {
  /** The instance id, `i-0123…`. */
  readonly id: string;
  readonly hostname: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** The volume whose block device is the root file system; attached with the disks driver before the start. */
  readonly rootDevicePath: string;
  /** Every interface of the guest, eth0 first. */
  readonly interfaces: readonly MachineInterface[];
}

export interface MachineInterface {
  /** The network interface id, `eni-0123…`. */
  readonly id: string;
  /** The VPC whose network the interface is in; the network driver has made it. */
  readonly vpcId: string;
  /** The interface's name in the VPC's network, made by the network driver's `interfaceName`. At most 15 characters. */
  readonly hostName: string;
  /** `02:…`, lower case. */
  readonly macAddress: string;
  /** IPv4 without a prefix length. */
  readonly privateAddress: string;
  readonly mtu: number;
}

export type MachineState = 'running' | 'stopped';

export interface MachineObservation {
  readonly id: string;
  readonly state: MachineState;
  /** When stopped: whether the guest powered itself off, or it stopped some other way (host reboot, crash, us). */
  readonly powerOff?: 'guest' | 'other';
}

/** A hint that `id` may have changed by itself; the receiver looks for itself. */
export type MachineListener = (id: string) => void;

export interface Hypervisor {
  readonly kind: 'lxc' | 'simulated' | 'none';
  /** Looks at the host; boots nothing. */
  probe(): Promise<Capability>;
  /** Defines the machine and starts it unless it runs already. Resolves when the guest's init has been started. */
  ensureRunning(machine: MachineSpec): Promise<void>;
  /** Asks the guest to shut down, and after `graceMs` cuts its power. `graceMs` 0 cuts at once. */
  ensureStopped(id: string, graceMs: number): Promise<void>;
  /** Restarts a running guest; a guest that does not answer within `graceMs` is power-cycled. */
  reboot(machine: MachineSpec, graceMs: number): Promise<void>;
  /** Stops it, and removes every trace but its volumes. */
  ensureAbsent(id: string): Promise<void>;
  /** undefined when there is no such machine on the host. */
  inspect(id: string): Promise<MachineObservation | undefined>;
  /** Every machine of this cloud on the host, whoever made it. */
  list(): Promise<readonly MachineObservation[]>;
  /** What the guest wrote to its console since its last start, newest last; at most the last 64 KiB. */
  consoleOutput(id: string): Promise<Uint8Array>;
  /** Calls `listener` when a guest stops by itself. Returns a function that ends the watch. */
  watch(listener: MachineListener): () => void;
  /** Lets go of watches and helpers; guests keep running. */
  close(): Promise<void>;
}
