// What a VPC's resolver answers by itself: the names of its instances' addresses, and the addresses' names. A public name
// means the private address to those in the same VPC, and the public one to everybody else, as on AWS.
// https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html

import { metadataAddress } from '../../drivers/network/network.ts';
import {
  parsePrivateDnsName,
  parsePublicDnsName,
  parseReverseDnsName,
  privateDnsName,
  privateDomain,
  publicDnsName,
} from './dns-names.ts';

/** Whoever holds a public address. */
export interface PublicAddressOwner {
  readonly region: string;
  readonly vpcId: string;
  readonly privateAddress: string;
  /** Whether its VPC gives public addresses names. */
  readonly enableDnsHostnames: boolean;
}

/** What the resolver knows of its VPC and of the cloud around it. */
export interface VpcNames {
  readonly vpcId: string;
  readonly region: string;
  /** Whether a network interface of the VPC has the address. */
  hasInterface(privateAddress: string): boolean;
  isInVpc(address: string): boolean;
  /** Of any VPC, account and region. */
  ownerOf(publicAddress: string): PublicAddressOwner | undefined;
}

export interface DnsQuestion {
  readonly name: string;
  readonly type: string;
}

export interface DnsRecord {
  readonly type: 'A' | 'PTR';
  readonly data: string;
}

/** No records and NOERROR says that the name exists, but has none of the type. */
export interface LocalAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  readonly records: readonly DnsRecord[];
  /** The domain that the answer is by authority of. */
  readonly zone: string;
}

const metadataName = 'instance-data';

/** Undefined when somebody else has to be asked. */
export function answerLocally(question: DnsQuestion, names: VpcNames): LocalAnswer | undefined {
  const name = question.name.toLowerCase();
  if (name.endsWith('.in-addr.arpa')) return answerReverse(name, question.type, names);
  return answerPrivate(name, question.type, names) ?? answerPublic(name, question.type, names);
}

/** Private names never leave the cloud, not even those of other regions, which do not exist here. */
function answerPrivate(name: string, type: string, names: VpcNames): LocalAnswer | undefined {
  const isPrivate = ['ec2.internal', 'compute.internal'].some((zone) => name === zone || name.endsWith(`.${zone}`));
  if (!isPrivate) return undefined;
  const zone = privateDomain(names.region);
  if (name === zone) return found(zone, type, []);
  if (name === `${metadataName}.${zone}`) return found(zone, type, [{ type: 'A', data: metadataAddress }]);
  const address = parsePrivateDnsName(name, names.region);
  return address !== undefined && names.hasInterface(address)
    ? found(zone, type, [{ type: 'A', data: address }])
    : { rcode: 'NXDOMAIN', records: [], zone };
}

function answerPublic(name: string, type: string, names: VpcNames): LocalAnswer | undefined {
  const [, zone] = /^ec2-[\d-]+\.(.+)$/.exec(name) ?? [];
  const publicAddress = /^ec2-([\d-]+)\./.exec(name)?.[1]?.replaceAll('-', '.');
  const owner = publicAddress === undefined ? undefined : names.ownerOf(publicAddress);
  if (!owner || zone === undefined || parsePublicDnsName(name, owner.region) === undefined) return undefined;
  const isOwn = owner.vpcId === names.vpcId && owner.enableDnsHostnames;
  return found(zone, type, [{ type: 'A', data: isOwn ? owner.privateAddress : (publicAddress as string) }]);
}

function answerReverse(name: string, type: string, names: VpcNames): LocalAnswer | undefined {
  const address = parseReverseDnsName(name);
  if (address === undefined) return undefined;
  const zone = name.slice(name.indexOf('.') + 1);
  const pointer = (data: string) => found(zone, type, [{ type: 'PTR', data }]);
  if (address === metadataAddress) return pointer(`${metadataName}.${privateDomain(names.region)}`);
  if (names.hasInterface(address)) return pointer(privateDnsName(address, names.region));
  if (names.isInVpc(address)) return { rcode: 'NXDOMAIN', records: [], zone };
  const owner = names.ownerOf(address);
  return owner?.enableDnsHostnames ? pointer(publicDnsName(address, owner.region)) : undefined;
}

function found(zone: string, type: string, records: readonly DnsRecord[]): LocalAnswer {
  return { rcode: 'NOERROR', records: records.filter((record) => type === record.type || type === 'ANY'), zone };
}
