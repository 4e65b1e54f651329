// What is remembered of an instance, and the state that follows from it. Operations write what is wanted; the
// reconciler writes what it saw; `pending`, `stopping` and `shutting-down` are the difference.

import { defineTable, type Row } from '../../kernel/table.ts';
import type { Architecture } from './images.facts.ts';

export interface MetadataOptions {
  readonly httpTokens: 'optional' | 'required';
  readonly httpEndpoint: 'enabled' | 'disabled';
  readonly httpPutResponseHopLimit: number;
  readonly instanceMetadataTags: 'enabled' | 'disabled';
}

export interface StateTransition {
  /** `Client.UserInitiatedShutdown`, … */
  readonly code: string;
  /** `Client.UserInitiatedShutdown: User initiated shutdown` */
  readonly message: string;
  /** `User initiated (2026-11-21 09:00:00 GMT)` */
  readonly reason: string;
}

/** What gives the guest its role. A terminated instance keeps it, and nobody sees it any more. */
export interface ProfileAssociation {
  /** `iip-assoc-…` */
  readonly associationId: string;
  readonly arn: string;
  /** `AIPA…`: a profile that was made anew under the same name is another. */
  readonly profileId: string;
}

export type CpuCredits = 'standard' | 'unlimited';

export interface InstanceSpec {
  readonly desired: 'running' | 'stopped' | 'terminated';
  /** Raised by each start, so that a start that was carried out can be told from one that was not. */
  readonly startCount: number;
  readonly rebootCount: number;
  /** Stop without waiting for the guest. */
  readonly force: boolean;
  readonly transition?: StateTransition;
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly clientToken: string;
  readonly launchTimeMs: number;
  readonly imageId: string;
  /** The base image its root volume was made from. */
  readonly baseImage: string;
  readonly instanceType: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly architecture: Architecture;
  readonly keyName?: string;
  /** The key pair's public half as it was at launch: deleting the pair later changes nothing. */
  readonly publicKey?: string;
  /** Base64, as it was given. */
  readonly userData?: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  /** eth0 first. */
  readonly networkInterfaceIds: readonly string[];
  readonly associatePublicAddress: boolean;
  readonly rootDeviceName: string;
  readonly rootVolumeId: string;
  readonly disableApiTermination: boolean;
  readonly disableApiStop: boolean;
  readonly shutdownBehavior: 'stop' | 'terminate';
  readonly metadataOptions: MetadataOptions;
  readonly monitoring: boolean;
  readonly ebsOptimized: boolean;
  /** What a burstable type does without credits; absent for the type's own default. */
  readonly cpuCredits?: CpuCredits;
  /** `default` when absent. */
  readonly autoRecovery?: 'default' | 'disabled';
  readonly instanceProfile?: ProfileAssociation;
}

export interface InstanceStatus {
  readonly observed: 'none' | 'running' | 'stopped' | 'terminated';
  /** The start and the reboot that were last carried out. */
  readonly startCount: number;
  readonly rebootCount: number;
  /** The start during which the guest was last heard of: it asked for its metadata, so it booted. */
  readonly contactStartCount?: number;
  /** The keys of its role that the guest was given last. */
  readonly roleAccessKeyId?: string;
  readonly runningSinceMs?: number;
  readonly terminatedAtMs?: number;
}

export type InstanceRow = Row<InstanceSpec, InstanceStatus>;

export const instances = defineTable<InstanceSpec, InstanceStatus>({
  name: 'ec2.instances',
  initialStatus: { observed: 'none', startCount: 0, rebootCount: 0 },
  indexes: {
    byVpc: (row) => [row.spec.vpcId],
    byReservation: (row) => [row.spec.reservationId],
    byProfileAssociation: ({ spec }) => (spec.instanceProfile ? [spec.instanceProfile.associationId] : []),
  },
});

export type InstanceStateName = 'pending' | 'running' | 'shutting-down' | 'terminated' | 'stopping' | 'stopped';

export const instanceStateCodes: Readonly<Record<InstanceStateName, number>> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
};

export function stateOf({ spec, status }: Pick<InstanceRow, 'spec' | 'status'>): InstanceStateName {
  switch (spec.desired) {
    case 'running':
      return status.observed === 'running' && status.startCount === spec.startCount ? 'running' : 'pending';
    case 'stopped':
      return status.observed === 'stopped' ? 'stopped' : 'stopping';
    case 'terminated':
      return status.observed === 'terminated' ? 'terminated' : 'shutting-down';
  }
}

/** Whether the instance may have packets to carry: wanted, or still seen running. */
export function isOnNetwork({ spec, status }: Pick<InstanceRow, 'spec' | 'status'>): boolean {
  return spec.desired === 'running' || status.observed === 'running';
}

/** Whether the instance status check passes: the guest has been heard of since it was started. */
export function isReachable({ spec, status }: Pick<InstanceRow, 'spec' | 'status'>): boolean {
  return status.contactStartCount === spec.startCount;
}
