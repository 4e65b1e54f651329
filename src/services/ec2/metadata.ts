// What the instance metadata service says of an instance: a tree of texts, made from rows, and how a path finds its way
// in it. Files that AWS signs are not here until this cloud has a key to sign them with.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html

import { partitionOf } from '../../aws/arn.ts';
import { formatIso } from '../../kernel/clock.ts';
import { privateDnsName, publicDnsName } from './dns-names.ts';
import type { InstanceRow } from './instances.table.ts';
import type { NetworkInterfaceSpec } from './network-interfaces.table.ts';

export interface MetadataInterface extends NetworkInterfaceSpec {
  readonly id: string;
  readonly ownerId: string;
  readonly subnetCidrBlock: string;
  readonly vpcCidrBlocks: readonly string[];
  readonly securityGroups: readonly { readonly id: string; readonly name: string }[];
}

/** All that metadata is made from. */
export interface MetadataFacts {
  readonly instance: InstanceRow;
  /** eth0 first. */
  readonly interfaces: readonly MetadataInterface[];
  readonly availabilityZoneId: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  /** Devices of the volumes beside the root volume, in the order of their names. */
  readonly otherDevices: readonly string[];
  /** Whether the VPC gives public addresses names. */
  readonly enableDnsHostnames: boolean;
  /** `nitro` or `xen`. */
  readonly system: string;
  /** Absent without an instance profile. */
  readonly role?: RoleDocuments | undefined;
}

/** What is said of an instance's role, as texts. */
export interface RoleDocuments {
  readonly info: string;
  /** The name of the role, where the profile has one. */
  readonly name?: string;
  /** Its keys; empty unless they were asked for. */
  readonly credentials: string;
}

export type MetadataNode = string | Uint8Array | Directory;

export interface Directory {
  readonly entries: ReadonlyMap<string, MetadataNode>;
  /** How an entry is listed where that is not its name: `0=my-key`. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The top levels list their directories without a slash. */
  readonly isBareListing?: boolean;
}

/** Every version that AWS lists. All show the newest content here. */
export const metadataVersions = [
  '1.0',
  ...['2007-01-19', '2007-03-01', '2007-08-29', '2007-10-10', '2007-12-15', '2008-02-01', '2008-09-01', '2009-04-04'],
  ...['2011-01-01', '2011-05-01', '2012-01-12', '2014-02-25', '2014-11-05', '2015-10-20', '2016-04-19', '2016-06-30'],
  ...['2016-09-02', '2018-03-28', '2018-08-17', '2018-09-24', '2019-10-01', '2020-10-27', '2021-01-03', '2021-03-23'],
  ...['2021-07-15', '2022-09-24', '2024-04-11', 'latest'],
];

/** The node at a path as in a URL, without its query; undefined when there is none. Slashes count once. */
export function findMetadata(root: Directory, path: string): MetadataNode | undefined {
  let node: MetadataNode | undefined = root;
  for (const segment of path.split('/').filter((part) => part !== '')) {
    if (!isDirectory(node)) return undefined;
    node = node.entries.get(decodeSegment(segment));
  }
  return node;
}

export function isDirectory(node: MetadataNode | undefined): node is Directory {
  return typeof node === 'object' && !(node instanceof Uint8Array);
}

export function formatListing({ entries, labels, isBareListing }: Directory): string {
  const line = ([name, node]: [string, MetadataNode]) =>
    labels?.[name] ?? (isDirectory(node) && !isBareListing ? `${name}/` : name);
  return [...entries].map(line).join('\n');
}

export function metadataTree(facts: MetadataFacts): Directory {
  const { userData } = facts.instance.spec;
  const version: Directory = {
    ...directory({
      dynamic: directory({ 'instance-identity': directory({ document: identityDocument(facts) }) }),
      'meta-data': metaData(facts),
      'user-data': userData === undefined ? undefined : Buffer.from(userData, 'base64'),
    }),
    isBareListing: true,
  };
  return { entries: new Map(metadataVersions.map((name) => [name, version])), isBareListing: true };
}

function metaData(facts: MetadataFacts): Directory {
  const { instance, interfaces, tags } = facts;
  const { spec, region } = instance;
  const [primary] = interfaces;
  const names = primary && interfaceNames(facts, primary);
  return directory({
    'ami-id': spec.imageId,
    'ami-launch-index': String(spec.launchIndex),
    'ami-manifest-path': '(unknown)',
    'block-device-mapping': blockDeviceMapping(facts),
    events: directory({ maintenance: directory({ history: '[]', scheduled: '[]' }) }),
    hostname: names?.local,
    iam: iamDirectory(facts.role),
    'instance-action': 'none',
    'instance-id': instance.id,
    'instance-life-cycle': 'on-demand',
    'instance-type': spec.instanceType,
    'local-hostname': names?.local,
    'local-ipv4': primary?.privateAddress,
    mac: primary?.macAddress,
    metrics: directory({ vhostmd: '<?xml version="1.0" encoding="UTF-8"?>' }),
    network: directory({ interfaces: directory({ macs: interfaceDirectories(facts) }) }),
    placement: directory({
      'availability-zone': spec.availabilityZone,
      'availability-zone-id': facts.availabilityZoneId,
      region,
    }),
    profile: 'default-hvm',
    'public-hostname': names?.public,
    'public-ipv4': primary?.publicAddress,
    'public-keys': publicKeys(spec.keyName, spec.publicKey),
    'reservation-id': spec.reservationId,
    'security-groups': primary?.securityGroups.map(({ name }) => name).join('\n'),
    services: directory({ domain: domainOf(region), partition: partitionOf(region) }),
    system: facts.system,
    tags: spec.metadataOptions.instanceMetadataTags === 'enabled' ? instanceTags(tags) : undefined,
  });
}

const domainOf = (region: string): string => (partitionOf(region) === 'aws-cn' ? 'amazonaws.com.cn' : 'amazonaws.com');

function iamDirectory(role: RoleDocuments | undefined): Directory | undefined {
  if (!role) return undefined;
  const { info, name, credentials } = role;
  return directory({
    info,
    'security-credentials': name === undefined ? undefined : directory({ [name]: credentials }),
  });
}

function blockDeviceMapping({ instance, otherDevices }: MetadataFacts): Directory {
  const { rootDeviceName } = instance.spec;
  const others = otherDevices.map((device, i) => [`ebs${i + 1}`, device] as const);
  return directory({ ami: rootDeviceName, ...Object.fromEntries(others), root: rootDeviceName });
}

function interfaceDirectories(facts: MetadataFacts): Directory {
  return directory(
    Object.fromEntries(facts.interfaces.map((item) => [item.macAddress, interfaceDirectory(facts, item)])),
  );
}

function interfaceDirectory(facts: MetadataFacts, item: MetadataInterface): Directory {
  const names = interfaceNames(facts, item);
  const { publicAddress, privateAddress } = item;
  return directory({
    'device-number': String(item.attachment?.deviceIndex ?? 0),
    'interface-id': item.id,
    'ipv4-associations': publicAddress === undefined ? undefined : directory({ [publicAddress]: privateAddress }),
    'local-hostname': names.local,
    'local-ipv4s': privateAddress,
    mac: item.macAddress,
    'owner-id': item.ownerId,
    'public-hostname': names.public,
    'public-ipv4s': publicAddress,
    'security-group-ids': item.securityGroups.map(({ id }) => id).join('\n'),
    'security-groups': item.securityGroups.map(({ name }) => name).join('\n'),
    'subnet-id': item.subnetId,
    'subnet-ipv4-cidr-block': item.subnetCidrBlock,
    'vpc-id': item.vpcId,
    'vpc-ipv4-cidr-block': item.vpcCidrBlocks[0],
    'vpc-ipv4-cidr-blocks': item.vpcCidrBlocks.join('\n'),
  });
}

function interfaceNames({ instance, enableDnsHostnames }: MetadataFacts, item: MetadataInterface) {
  const { publicAddress, privateAddress } = item;
  const isNamed = publicAddress !== undefined && enableDnsHostnames;
  return {
    local: privateDnsName(privateAddress, instance.region),
    public: isNamed ? publicDnsName(publicAddress, instance.region) : undefined,
  };
}

function publicKeys(keyName: string | undefined, publicKey: string | undefined): Directory | undefined {
  if (keyName === undefined || publicKey === undefined) return undefined;
  return { ...directory({ 0: directory({ 'openssh-key': publicKey }) }), labels: { 0: `0=${keyName}` } };
}

function instanceTags(tags: Readonly<Record<string, string>>): Directory | undefined {
  return Object.keys(tags).length > 0 ? directory({ instance: directory(tags) }) : undefined;
}

function identityDocument({ instance, interfaces }: MetadataFacts): string {
  const { account, region, spec } = instance;
  const document = {
    accountId: account,
    architecture: spec.architecture,
    availabilityZone: spec.availabilityZone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: spec.imageId,
    instanceId: instance.id,
    instanceType: spec.instanceType,
    kernelId: null,
    pendingTime: formatIso(spec.launchTimeMs, 'seconds'),
    privateIp: interfaces[0]?.privateAddress ?? null,
    ramdiskId: null,
    region,
    version: '2017-09-30',
  };
  const lines = Object.entries(document).map(([name, value]) => `  "${name}" : ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/** Whatever the instance does not have is not there. */
function directory(entries: Readonly<Record<string, MetadataNode | undefined>>): Directory {
  const present = Object.entries(entries).filter((entry): entry is [string, MetadataNode] => entry[1] !== undefined);
  return { entries: new Map(present) };
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // no escape, so it stands for itself
  }
}
