// Network interfaces: the addresses and security groups of whatever is attached to a subnet.

import { defineSpecTable } from '../../kernel/table.ts';

export interface NetworkInterfaceAttachment {
  /** `eni-attach-…` */
  readonly attachmentId: string;
  readonly instanceId: string;
  readonly deviceIndex: number;
  readonly deleteOnTermination: boolean;
  readonly attachTimeMs: number;
}

export interface NetworkInterfaceSpec {
  readonly vpcId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly description: string;
  /** `02:…`, lower case. */
  readonly macAddress: string;
  readonly privateAddress: string;
  /** A public address of this cloud's pool, while the interface has one. */
  readonly publicAddress?: string;
  readonly securityGroupIds: readonly string[];
  readonly sourceDestCheck: boolean;
  readonly attachment?: NetworkInterfaceAttachment;
}

export const networkInterfaces = defineSpecTable<NetworkInterfaceSpec>({
  name: 'ec2.networkInterfaces',
  indexes: {
    byVpc: (row) => [row.spec.vpcId],
    bySubnet: (row) => [row.spec.subnetId],
    bySubnetAddress: (row) => [`${row.spec.subnetId}/${row.spec.privateAddress}`],
    byVpcAddress: (row) => [`${row.spec.vpcId}/${row.spec.privateAddress}`],
    bySecurityGroup: (row) => row.spec.securityGroupIds,
    byInstance: (row) => (row.spec.attachment ? [row.spec.attachment.instanceId] : []),
  },
});

/** Public addresses in use, by address. They are one pool for all accounts and regions, so they have a scope of their own. */
export interface PublicAddressSpec {
  readonly account: string;
  readonly region: string;
  readonly networkInterfaceId: string;
}

export const publicAddresses = defineSpecTable<PublicAddressSpec>({ name: 'ec2.publicAddresses' });

export const publicAddressScope = { account: '', region: '' } as const;
