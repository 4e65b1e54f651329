// Says whether AWS would deliver the first packet of a flow, by reading a picture in the most naive way: a second
// opinion on the rendered firewall, and the truth for simulations. Shares no code with the rendering on purpose.

import type { InterfacePicture, RulePicture, VpcPicture } from './network.ts';

export interface FlowStart {
  /** Which interface sends it; absent: it comes from the internet. */
  readonly fromInterfaceId?: string;
  readonly source: string;
  readonly destination: string;
  /** `tcp`, `udp`, `icmp`, or an IANA protocol number. */
  readonly protocol: 'tcp' | 'udp' | 'icmp' | number;
  /** Of tcp and udp. */
  readonly destinationPort?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
}

/** `picture` is one VPC; whatever is neither a private address in it nor a public one of it is the internet. */
export function isAllowed(picture: VpcPicture, packet: FlowStart): boolean {
  if (packet.fromInterfaceId === undefined) return comesInFromInternet(picture, packet);
  const sender = picture.interfaces.find((each) => each.id === packet.fromInterfaceId);
  if (sender === undefined) return false;
  if (sender.sourceDestinationCheck && packet.source !== sender.privateAddress) return false;
  if (!groupsAllow(picture, sender, 'egress', packet.destination, packet)) return false;

  const receiver = picture.interfaces.find((each) => each.privateAddress === packet.destination);
  if (receiver !== undefined) return groupsAllow(picture, receiver, 'ingress', packet.source, packet);
  if (picture.cidrBlocks.some((block) => isInBlock(packet.destination, block))) return false;
  if (isInBlock(packet.destination, '169.254.0.0/16')) return false;

  // Out by the internet gateway, which translates an interface's own address and nothing else.
  if (sender.publicAddress === undefined || packet.source !== sender.privateAddress) return false;
  const isPublicHere = picture.interfaces.some((each) => each.publicAddress === packet.destination);
  return !isPublicHere || comesInFromInternet(picture, { ...packet, source: sender.publicAddress });
}

function comesInFromInternet(picture: VpcPicture, packet: FlowStart): boolean {
  if (picture.cidrBlocks.some((block) => isInBlock(packet.source, block))) return false;
  const receiver = picture.interfaces.find((each) => each.publicAddress === packet.destination);
  return receiver !== undefined && groupsAllow(picture, receiver, 'ingress', packet.source, packet);
}

function groupsAllow(
  picture: VpcPicture,
  each: InterfacePicture,
  direction: 'ingress' | 'egress',
  peerAddress: string,
  packet: FlowStart,
): boolean {
  const groups = picture.securityGroups.filter((group) => each.securityGroupIds.includes(group.id));
  const rules = groups.flatMap((group) => group[direction]);
  return rules.some((rule) => peerMatches(picture, rule, peerAddress) && trafficMatches(rule, packet));
}

function peerMatches(picture: VpcPicture, rule: RulePicture, address: string): boolean {
  const { peer } = rule;
  if ('cidr' in peer) return !peer.cidr.includes(':') && isInBlock(address, peer.cidr);
  return (
    picture.securityGroups.some((group) => group.id === peer.securityGroupId) &&
    picture.interfaces.some(
      (each) => each.privateAddress === address && each.securityGroupIds.includes(peer.securityGroupId),
    )
  );
}

function trafficMatches(rule: RulePicture, packet: FlowStart): boolean {
  if (rule.protocol === '-1') return true;
  const names: Record<string, string> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6' };
  const wanted = names[rule.protocol] ?? rule.protocol;
  const actual = names[String(packet.protocol)] ?? String(packet.protocol);
  if (wanted !== actual || wanted === 'icmpv6') return false;
  const from = rule.fromPort ?? -1;
  if (from === -1) return true;
  if (wanted === 'icmp') {
    const code = rule.toPort ?? -1;
    return from === packet.icmpType && (code === -1 || code === packet.icmpCode);
  }
  if (wanted !== 'tcp' && wanted !== 'udp') return true;
  const port = packet.destinationPort ?? -1;
  return port >= from && port <= (rule.toPort ?? from);
}

function isInBlock(address: string, block: string): boolean {
  const [base = '', length = '32'] = block.split('/');
  const bits = (text: string) =>
    text
      .split('.')
      .map((byte) => Number(byte).toString(2).padStart(8, '0'))
      .join('');
  return bits(address).slice(0, Number(length)) === bits(base).slice(0, Number(length));
}
