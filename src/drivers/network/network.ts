// The narrow door to virtual networks. The whole picture of a VPC is given at once, rendered and swapped atomically:
// there is no "add a rule", so nothing can be half applied or forgotten.

import type { Capability } from '../capability.ts';

/** Everything the network of one VPC consists of. */
export interface VpcPicture {
  /** `vpc-0123…`. */
  readonly id: string;
  /** IPv4 blocks of the VPC: `172.31.0.0/16`. */
  readonly cidrBlocks: readonly string[];
  /** Network interfaces that may carry packets, attached to a running guest or not. */
  readonly interfaces: readonly InterfacePicture[];
  readonly securityGroups: readonly SecurityGroupPicture[];
}

export interface InterfacePicture {
  /** `eni-0123…`. */
  readonly id: string;
  readonly macAddress: string;
  readonly privateAddress: string;
  /** The address that the internet (here: the host) reaches it by; absent when it has none. */
  readonly publicAddress?: string;
  readonly securityGroupIds: readonly string[];
  /** False lets the guest forward packets that are not its own (a NAT instance). */
  readonly sourceDestinationCheck: boolean;
}

export interface SecurityGroupPicture {
  readonly id: string;
  readonly ingress: readonly RulePicture[];
  readonly egress: readonly RulePicture[];
}

export interface RulePicture {
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, or an IANA protocol number as a string. */
  readonly protocol: string;
  /** First port, or ICMP type; -1 for all. Absent when the protocol has none. */
  readonly fromPort?: number;
  /** Last port, or ICMP code; -1 for all. */
  readonly toPort?: number;
  /** Who may be at the other end: a block of addresses, or whoever has an interface in a security group. */
  readonly peer: { readonly cidr: string } | { readonly securityGroupId: string };
}

/**
 * The default gateway of every guest: its VPC's router, which is local to the VPC's network and answers pings. A guest
 * has a /32 address, so it needs a route to the gateway itself first.
 */
export const guestGatewayAddress = '169.254.0.1';

/** Where every VPC's own services are, as on AWS. The resolver is also at the VPC's first block plus two. */
export const metadataAddress = '169.254.169.254';
/** At the metadata service's address: where guests find the cloud's API, whatever port it has on the host. */
export const apiPort = 4566;
export const resolverAddress = '169.254.169.253';
export const timeAddress = '169.254.169.123';

/** A listening socket inside a VPC, e.g. the metadata service's. */
export interface VpcEndpoint {
  readonly vpcId: string;
  readonly protocol: 'tcp' | 'udp';
  /** One of the addresses that `ensureVpc` makes local: the services' above, or the first block's plus two. */
  readonly address: string;
  readonly port: number;
}

export interface Network {
  /** False for a network in memory: nobody can send anything, so nothing needs to listen in it. */
  readonly carriesPackets: boolean;
  probe(): Promise<Capability>;
  /** Makes the VPC's network or changes it to look like the picture. Cheap when nothing changed. */
  ensureVpc(picture: VpcPicture): Promise<void>;
  ensureVpcAbsent(vpcId: string): Promise<void>;
  /** The ids of every VPC network of this cloud on the host, whoever made it. */
  listVpcs(): Promise<readonly string[]>;
  /**
   * The block that public addresses come from: `198.18.4.0/22`. It is this cloud's alone on this host, and the same
   * after a restart. Its first, second (`hostAddress`) and last address are not for guests.
   */
  publicPool(): Promise<string>;
  /** The address that guests see this host by when it connects to them, as "my IP" in a rule: `198.18.4.1`. */
  hostAddress(): Promise<string>;
  /** The name of an interface's host side in its VPC's network; pure, stable, at most 15 characters. */
  interfaceName(interfaceId: string): string;
  /** The path to enter the VPC's network by: `/run/netns/…`. */
  namespacePath(vpcId: string): string;
  /**
   * A file descriptor of a socket that is bound (and, for TCP, listening) inside the VPC, for `server.listen({ fd })` or
   * `dgram.bind({ fd })`. The caller owns it. Close it before `ensureVpcAbsent`: it keeps the network alive.
   */
  openSocket(endpoint: VpcEndpoint): Promise<number>;
  close(): Promise<void>;
}
