// Security group rules as requests spell them: a permission names a protocol, ports and any number of peers, and each
// peer makes a rule of its own. Pure: who a named group is, is asked of the caller.
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_IpPermission.html

import type { IpPermission, UserIdGroupPair } from '../../generated/ec2.types.ts';
import { formatIpv4Block, formatIpv6Block, parseIpv4Block, parseIpv6Block } from './cidr.ts';
import {
  icmpOutOfRange,
  icmpWithoutType,
  invalidPortRange,
  invalidRuleDescription,
  malformedCidr,
  missingPorts,
  missingProtocol,
  noPeer,
  portOutOfRange,
  prefixListNotFound,
  repeatedPermission,
  unknownProtocol,
} from './security-groups.errors.ts';
import type { SecurityGroupRulePeer, SecurityGroupRuleSpec } from './security-groups.table.ts';

/** A rule that is not anybody's yet. */
export type RuleContent = Omit<SecurityGroupRuleSpec, 'groupId' | 'isEgress'>;

export type ResolveGroup = (pair: UserIdGroupPair) => SecurityGroupRulePeer;

/** The rules that the permissions ask for; throws AWS's error for what makes no rule, or the same one twice. */
export function parsePermissions(
  permissions: readonly IpPermission[],
  resolveGroup: ResolveGroup,
): readonly RuleContent[] {
  const rules = permissions.flatMap((permission) => parsePermission(permission, resolveGroup));
  if (new Set(rules.map(ruleKey)).size < rules.length) throw repeatedPermission();
  return rules;
}

function parsePermission(permission: IpPermission, resolveGroup: ResolveGroup): readonly RuleContent[] {
  const traffic = parseTraffic(permission);
  const peers = [
    ...(permission.IpRanges ?? []).map((range) => [parseIpv4Peer(range.CidrIp), range] as const),
    ...(permission.Ipv6Ranges ?? []).map((range) => [parseIpv6Peer(range.CidrIpv6), range] as const),
    ...(permission.UserIdGroupPairs ?? []).map((pair) => [resolveGroup(pair), pair] as const),
    ...(permission.PrefixListIds ?? []).map((list) => [parsePrefixList(list.PrefixListId), list] as const),
  ];
  if (peers.length === 0) throw noPeer();
  return peers.map(([peer, { Description }]) => ({ ...traffic, peer, ...parseDescription(Description) }));
}

export function parseIpv4Peer(text = ''): SecurityGroupRulePeer {
  const block = parseIpv4Block(text);
  if (!block) throw malformedCidr(text);
  return { cidrIpv4: formatIpv4Block(block) };
}

export function parseIpv6Peer(text = ''): SecurityGroupRulePeer {
  const block = parseIpv6Block(text);
  if (!block) throw malformedCidr(text);
  return { cidrIpv6: formatIpv6Block(block) };
}

/** There are none here yet, neither AWS's nor the user's. */
export function parsePrefixList(id = ''): SecurityGroupRulePeer {
  throw prefixListNotFound(id);
}

const descriptionPattern = /^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{0,255}$/;

/** Nothing for a description that is absent or empty. */
export function parseDescription(text: string | undefined): { readonly description?: string } {
  if (!text) return {};
  if (!descriptionPattern.test(text)) throw invalidRuleDescription();
  return { description: text };
}

type Traffic = Pick<RuleContent, 'ipProtocol' | 'fromPort' | 'toPort'>;

const protocolNames: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6' };

const greatestPort = 65535;
const greatestIcmp = 255;

export function parseTraffic({
  IpProtocol,
  FromPort: from,
  ToPort: to,
}: Pick<IpPermission, 'IpProtocol' | 'FromPort' | 'ToPort'>): Traffic {
  if (!IpProtocol) throw missingProtocol();
  const ipProtocol = parseProtocol(IpProtocol);
  switch (ipProtocol) {
    case 'tcp':
    case 'udp':
      return { ipProtocol, ...parsePorts(from, to) };
    case 'icmp':
      if (from === undefined || to === undefined) throw icmpWithoutType();
      return { ipProtocol, ...parseIcmp(from, to) };
    case 'icmpv6':
      return { ipProtocol, ...parseIcmp(from ?? -1, to ?? -1) };
    default:
      // Of any other protocol everything is meant, whatever ports are named.
      return { ipProtocol };
  }
}

function parseProtocol(text: string): string {
  const lower = text.toLowerCase();
  const name = protocolNames[lower] ?? lower;
  const isKnown = ['-1', 'tcp', 'udp', 'icmp', 'icmpv6'].includes(name) || (/^\d{1,3}$/.test(name) && +name <= 255);
  if (!isKnown) throw unknownProtocol(text);
  return /^\d/.test(name) ? String(Number(name)) : name;
}

function parsePorts(from: number | undefined, to: number | undefined): Pick<Traffic, 'fromPort' | 'toPort'> {
  if (from === undefined || to === undefined) throw missingPorts();
  if (from < 0 || from > greatestPort) throw portOutOfRange('from', from);
  if (to < 0 || to > greatestPort) throw portOutOfRange('to', to);
  if (from > to) throw invalidPortRange(from, to);
  return { fromPort: from, toPort: to };
}

function parseIcmp(type: number, code: number): Pick<Traffic, 'fromPort' | 'toPort'> {
  if (type < -1 || type > greatestIcmp) throw icmpOutOfRange('type', type);
  // All types have all codes.
  if (code < -1 || code > greatestIcmp || (type === -1 && code !== -1)) throw icmpOutOfRange('code', code);
  return { fromPort: type, toPort: code };
}

/** Rules are the same when their keys are, whatever their descriptions. */
export function ruleKey({ ipProtocol, fromPort, toPort, peer }: RuleContent): string {
  return [ipProtocol, fromPort ?? '', toPort ?? '', formatPeer(peer)].join(' ');
}

export function formatPeer(peer: SecurityGroupRulePeer): string {
  if ('cidrIpv4' in peer) return peer.cidrIpv4;
  if ('cidrIpv6' in peer) return peer.cidrIpv6;
  return 'prefixListId' in peer ? peer.prefixListId : peer.securityGroupId;
}

/** As errors name a rule: `peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW`. */
export function formatRule({ ipProtocol, fromPort, toPort, peer }: RuleContent): string {
  const all = (value: number | undefined) => (value === -1 ? 'ALL' : String(value));
  const traffic: Readonly<Record<string, string>> = {
    '-1': 'ALL',
    tcp: `TCP, from port: ${fromPort}, to port: ${toPort}`,
    udp: `UDP, from port: ${fromPort}, to port: ${toPort}`,
    icmp: `ICMP, type: ${all(fromPort)}, code: ${all(toPort)}`,
    icmpv6: `ICMPv6, type: ${all(fromPort)}, code: ${all(toPort)}`,
  };
  return `peer: ${formatPeer(peer)}, ${traffic[ipProtocol] ?? ipProtocol}, ALLOW`;
}

/** Rules as permissions: those of the same protocol and ports are one, with a list of peers of each kind. */
export function describePermissions(rules: readonly RuleContent[]): readonly IpPermission[] {
  const groups = new Map<string, RuleContent[]>();
  for (const rule of rules) {
    const key = [rule.ipProtocol, rule.fromPort, rule.toPort].join(' ');
    const group = groups.get(key);
    if (group) group.push(rule);
    else groups.set(key, [rule]);
  }
  return [...groups.values()].map(describePermission);
}

function describePermission(rules: readonly RuleContent[]): IpPermission {
  const { ipProtocol, fromPort, toPort } = rules[0] as RuleContent;
  const described = rules.map(({ peer, description: Description }) => ({ peer, Description }));
  return {
    IpProtocol: ipProtocol,
    ...(fromPort !== undefined && { FromPort: fromPort, ToPort: toPort }),
    IpRanges: described.flatMap(({ peer, Description }) =>
      'cidrIpv4' in peer ? { CidrIp: peer.cidrIpv4, Description } : [],
    ),
    Ipv6Ranges: described.flatMap(({ peer, Description }) =>
      'cidrIpv6' in peer ? { CidrIpv6: peer.cidrIpv6, Description } : [],
    ),
    PrefixListIds: described.flatMap(({ peer, Description }) =>
      'prefixListId' in peer ? { PrefixListId: peer.prefixListId, Description } : [],
    ),
    UserIdGroupPairs: described.flatMap(({ peer, Description }) =>
      'securityGroupId' in peer ? { UserId: peer.userId, GroupId: peer.securityGroupId, Description } : [],
    ),
  };
}
