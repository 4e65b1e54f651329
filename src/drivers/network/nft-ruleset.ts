// Renders the whole firewall and address translation of one VPC from its picture: pure text for `nft -f`.
//
// A packet between two interfaces passes two separate gates, the sender's egress and the receiver's ingress; each
// interface has a chain for either, each security group too, and an interface's chain asks those of its groups.
// The swap keeps the table, its base chains and its maps and replaces what is in them: deleting a verdict map, even in
// the one transaction that makes it anew, lets packets fall through for some microseconds (measured: a lost packet
// for every swap under load; none this way).

import { formatBlock, formatIpv4, parseBlock, parseIpv4 } from './ipv4.ts';
import { interfaceName, uplinkInside } from './names.ts';
import {
  apiPort,
  guestGatewayAddress,
  type InterfacePicture,
  metadataAddress,
  type RulePicture,
  resolverAddress,
  type SecurityGroupPicture,
  timeAddress,
  type VpcPicture,
} from './network.ts';

/** The table's name in every VPC's namespace. */
export const vpcTable = 'inet vpc';

export interface VpcRuleset {
  /** Chains and sets that the table consists of, in an order in which each needs only those before it. */
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly sets: ReadonlyMap<string, NamedSet>;
}

/** A set, or, when its type has a colon, a map. */
interface NamedSet {
  readonly type: string;
  readonly elements: readonly string[];
}

type Direction = 'in' | 'out';

export function renderRuleset(picture: VpcPicture, uplinkMtu: number): VpcRuleset {
  return {
    sets: renderSets(picture),
    chains: new Map([
      ...picture.securityGroups.flatMap((group) => groupChains(group, picture.securityGroups)),
      ...picture.interfaces.flatMap((each) => interfaceChains(each, picture.securityGroups)),
      ...routerChains(picture, uplinkMtu),
    ]),
  };
}

/** A named thing in the table. */
export interface TableObject {
  readonly kind: 'chain' | 'set' | 'map';
  readonly name: string;
}

/** One transaction that turns the table with `present` in it into `ruleset`; no packet meets anything in between. */
export function renderSwap(ruleset: VpcRuleset, present: readonly TableObject[]): string {
  const sets = [...ruleset.sets];
  const stale = present.filter(({ kind, name }) => !(kind === 'chain' ? ruleset.chains : ruleset.sets).has(name));
  const chainsFirst = stale.toSorted((a, b) => Number(b.kind === 'chain') - Number(a.kind === 'chain'));
  const lines = [
    `add table ${vpcTable}`,
    ...sets.flatMap(([name, set]) => [`add ${declareSet(name, set)}`, `flush ${kindOf(set)} ${vpcTable} ${name}`]),
    `flush table ${vpcTable}`,
    ...chainsFirst.map(({ kind, name }) => `delete ${kind} ${vpcTable} ${name}`),
    `table ${vpcTable} {`,
    ...[...ruleset.chains].map(([name, rules]) => `chain ${name} {\n${rules.join('\n')}\n}`),
    '}',
    ...sets.filter(([, set]) => set.elements.length > 0).map(([name, set]) => addElements(name, set)),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is in the table once `ruleset` has been swapped in. */
export function objectsOf(ruleset: VpcRuleset): readonly TableObject[] {
  return [
    ...[...ruleset.chains.keys()].map((name): TableObject => ({ kind: 'chain', name })),
    ...[...ruleset.sets].map(([name, set]): TableObject => ({ kind: kindOf(set), name })),
  ];
}

/** What `nft --json list ruleset` shows in the namespace of a VPC. */
export function parseObjects(json: string): readonly TableObject[] {
  const { nftables } = JSON.parse(json) as { nftables: readonly Record<string, { name: string } | undefined>[] };
  return nftables.flatMap((entry) =>
    (['chain', 'set', 'map'] as const).flatMap((kind) => {
      const name = entry[kind]?.name;
      return name === undefined ? [] : [{ kind, name }];
    }),
  );
}

function kindOf(set: NamedSet): 'map' | 'set' {
  return set.type.includes(':') ? 'map' : 'set';
}

function declareSet(name: string, set: NamedSet): string {
  return `${kindOf(set)} ${vpcTable} ${name} { type ${set.type}; }`;
}

function addElements(name: string, set: NamedSet): string {
  return `add element ${vpcTable} ${name} { ${set.elements.join(', ')} }`;
}

function renderSets(picture: VpcPicture): ReadonlyMap<string, NamedSet> {
  const { interfaces } = picture;
  const set = (type: string, elements: readonly string[]): NamedSet => ({ type, elements });
  const publics = interfaces.flatMap((each) =>
    each.publicAddress === undefined ? [] : [{ each, publicAddress: canonical(each.publicAddress) }],
  );
  return new Map<string, NamedSet>([
    ['owned', set('ifname . ipv4_addr', interfaces.map(ownership))],
    ['unchecked', set('ifname', interfaces.filter((each) => !each.sourceDestinationCheck).map(quotedName))],
    [
      'published',
      set(
        'ifname . ipv4_addr',
        publics.map(({ each }) => ownership(each)),
      ),
    ],
    [
      'associations',
      set(
        'ipv4_addr . ipv4_addr',
        publics.map((p) => `${p.publicAddress} . ${privateOf(p.each)}`),
      ),
    ],
    [
      'private_of',
      set(
        'ipv4_addr : ipv4_addr',
        publics.map((p) => `${p.publicAddress} : ${privateOf(p.each)}`),
      ),
    ],
    [
      'public_of',
      set(
        'ipv4_addr : ipv4_addr',
        publics.map((p) => `${privateOf(p.each)} : ${p.publicAddress}`),
      ),
    ],
    [
      'egress',
      set(
        'ifname : verdict',
        interfaces.map((each) => `${quotedName(each)} : goto ${chainOf(each, 'out')}`),
      ),
    ],
    [
      'ingress',
      set(
        'ifname : verdict',
        interfaces.map((each) => `${quotedName(each)} : goto ${chainOf(each, 'in')}`),
      ),
    ],
    ...picture.securityGroups.map((group): [string, NamedSet] => {
      const members = interfaces.filter((each) => each.securityGroupIds.includes(group.id));
      return [membersOf(group.id), set('ipv4_addr', members.map(privateOf))];
    }),
  ]);
}

/** What the VPC's router does by itself, whatever the interfaces are. */
function routerChains(picture: VpcPicture, uplinkMtu: number): [string, readonly string[]][] {
  const uplink = `"${uplinkInside}"`;
  const blocks = picture.cidrBlocks.map((block) => formatBlock(parseBlock(block)));
  const clamp = `tcp flags syn tcp option maxseg size set ${uplinkMtu - 40}`;
  return [
    [
      'deliver',
      [
        `oifname ${uplink} iifname . ip saddr @published accept`,
        `oifname ${uplink} drop`,
        'oifname vmap @ingress',
        'drop',
      ],
    ],
    // A flow goes on whatever became of the rules that let it in, as AWS's tracked connections do, but not when its
    // public address has been taken from the interface.
    [
      'tracked',
      [
        `iifname != ${uplink} oifname != ${uplink} accept`,
        `iifname ${uplink} ct direction original ct original ip daddr . ip daddr @associations accept`,
        `iifname ${uplink} ct direction reply ct reply ip daddr . ip daddr @associations accept`,
        `oifname ${uplink} ct direction original ct reply ip daddr . ip saddr @associations accept`,
        `oifname ${uplink} ct direction reply ct original ip daddr . ip saddr @associations accept`,
        'drop',
      ],
    ],
    [
      'source_check',
      [
        'type filter hook prerouting priority raw; policy drop;',
        'iifname "lo" accept',
        ...['127.0.0.0/8', '169.254.0.0/16', ...blocks].map((block) => `iifname ${uplink} ip saddr ${block} drop`),
        `iifname ${uplink} accept`,
        'iifname . ip saddr @owned accept',
        'iifname @unchecked accept',
      ],
    ],
    [
      'forward',
      [
        'type filter hook forward priority filter; policy drop;',
        'ip daddr 169.254.0.0/16 drop',
        `iifname ${uplink} ${clamp}`,
        `oifname ${uplink} ${clamp}`,
        // An untracked packet would leave with its private address: translation is for tracked flows only. Within the
        // VPC it is for the rules to decide, as with an ICMP error that nobody asked for.
        `oifname ${uplink} ct state invalid drop`,
        'ct state established,related goto tracked',
        `iifname ${uplink} ct status dnat goto deliver`,
        'iifname vmap @egress',
      ],
    ],
    ['input', ['type filter hook input priority filter; policy drop;', ...inputRules(blocks)]],
    [
      'to_private',
      [
        'type nat hook prerouting priority dstnat; policy accept;',
        `iifname ${uplink} dnat ip to ip daddr map @private_of`,
      ],
    ],
    [
      'to_public',
      [
        'type nat hook postrouting priority srcnat; policy accept;',
        `oifname ${uplink} snat ip to ip saddr map @public_of`,
      ],
    ],
  ];
}

/** What the VPC's own addresses answer; security groups have no say in it, as on AWS. */
function inputRules(blocks: readonly string[]): readonly string[] {
  const resolvers = `{ ${resolverAddress}, ${formatIpv4(resolverOfBlock(blocks))} }`;
  return [
    'iifname "lo" accept',
    'ct state established,related accept',
    // Whoever turned its source check off still may not ask the metadata service in another's name.
    'iifname . ip saddr != @owned drop',
    `ip daddr ${guestGatewayAddress} icmp type echo-request accept`,
    `ip daddr ${metadataAddress} tcp dport { 80, ${apiPort} } accept`,
    `ip daddr ${resolvers} udp dport 53 accept`,
    `ip daddr ${resolvers} tcp dport 53 accept`,
    `ip daddr ${timeAddress} udp dport 123 accept`,
  ];
}

/** The resolver's address in the VPC: the first block's plus two. */
export function resolverOfBlock(cidrBlocks: readonly string[]): number {
  const [first] = cidrBlocks;
  if (first === undefined) throw new RangeError('a VPC needs a CIDR block');
  return parseBlock(first).base + 2;
}

function interfaceChains(
  each: InterfacePicture,
  groups: readonly SecurityGroupPicture[],
): [string, readonly string[]][] {
  const known = groups.filter((group) => each.securityGroupIds.includes(group.id));
  const ask = (direction: Direction) => known.map((group) => `jump ${chainOfGroup(group.id, direction)}`);
  const destinationCheck = each.sourceDestinationCheck ? [`ip daddr != ${privateOf(each)} drop`] : [];
  return [
    [chainOf(each, 'out'), [...ask('out'), 'drop']],
    [chainOf(each, 'in'), [...destinationCheck, ...ask('in'), 'drop']],
  ];
}

function groupChains(
  group: SecurityGroupPicture,
  groups: readonly SecurityGroupPicture[],
): [string, readonly string[]][] {
  const known = new Set(groups.map(({ id }) => id));
  return [
    [chainOfGroup(group.id, 'out'), group.egress.flatMap((rule) => renderRule(rule, 'out', known))],
    [chainOfGroup(group.id, 'in'), group.ingress.flatMap((rule) => renderRule(rule, 'in', known))],
  ];
}

/** No line at all for a rule that no IPv4 packet can match. */
function renderRule(rule: RulePicture, direction: Direction, knownGroups: ReadonlySet<string>): readonly string[] {
  const traffic = matchTraffic(rule);
  const peer = matchPeer(rule, direction === 'in' ? 'saddr' : 'daddr', knownGroups);
  if (traffic === undefined || peer === undefined) return [];
  const verdict = direction === 'in' ? 'accept' : 'goto deliver';
  return [[traffic, peer, verdict].filter((part) => part !== '').join(' ')];
}

function matchPeer(rule: RulePicture, field: string, knownGroups: ReadonlySet<string>): string | undefined {
  if ('securityGroupId' in rule.peer) {
    const { securityGroupId } = rule.peer;
    return knownGroups.has(securityGroupId) ? `ip ${field} @${membersOf(securityGroupId)}` : undefined;
  }
  // Interfaces have no IPv6 address yet.
  if (rule.peer.cidr.includes(':')) return undefined;
  const block = parseBlock(rule.peer.cidr);
  return block.prefixLength === 0 ? '' : `ip ${field} ${formatBlock(block)}`;
}

const protocolNumbers: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 };

function matchTraffic(rule: RulePicture): string | undefined {
  if (rule.protocol === '-1') return '';
  const number = protocolNumbers[rule.protocol] ?? parseProtocolNumber(rule.protocol);
  switch (number) {
    case 1:
      return matchIcmp(rule);
    case 6:
      return matchPorts('tcp', rule);
    case 17:
      return matchPorts('udp', rule);
    // ICMPv6 is no protocol of IPv4's.
    case 58:
      return undefined;
    // AWS: for any other protocol all ports are allowed, whatever the rule says.
    default:
      return `meta l4proto ${number}`;
  }
}

function matchPorts(protocol: string, { fromPort = -1, toPort = fromPort }: RulePicture): string {
  if (fromPort === -1) return `meta l4proto ${protocol}`;
  const [first, last] = [checked(fromPort, 65535), checked(toPort, 65535)];
  return `${protocol} dport ${first === last ? first : `${first}-${last}`}`;
}

function matchIcmp({ fromPort: type = -1, toPort: code = -1 }: RulePicture): string {
  if (type === -1) return 'meta l4proto icmp';
  const matchType = `icmp type ${checked(type, 255)}`;
  return code === -1 ? matchType : `${matchType} icmp code ${checked(code, 255)}`;
}

function parseProtocolNumber(text: string): number {
  if (!/^\d{1,3}$/.test(text)) throw new RangeError(`not a protocol: ${text}`);
  return checked(Number(text), 255);
}

function checked(value: number, greatest: number): number {
  if (!Number.isInteger(value) || value < 0 || value > greatest)
    throw new RangeError(`${value} is not in 0-${greatest}`);
  return value;
}

function ownership(each: InterfacePicture): string {
  return `${quotedName(each)} . ${privateOf(each)}`;
}

function privateOf(each: InterfacePicture): string {
  return canonical(each.privateAddress);
}

function canonical(address: string): string {
  return formatIpv4(parseIpv4(address));
}

function quotedName(each: InterfacePicture): string {
  return `"${interfaceName(each.id)}"`;
}

function chainOf(each: InterfacePicture, direction: Direction): string {
  return `${interfaceName(each.id)}_${direction}`;
}

function chainOfGroup(groupId: string, direction: Direction): string {
  return `${groupId}_${direction}`;
}

function membersOf(groupId: string): string {
  return `members_${groupId}`;
}
