// IPv4 packets to and from bytes, as far as tests of a firewall need them.

import { formatIpv4, parseIpv4 } from './ipv4.ts';

export interface Packet {
  readonly source: string;
  readonly destination: string;
  /** IANA number. */
  readonly protocol: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly icmpType?: number;
  readonly icmpCode?: number;
  /** The maximum segment size that a TCP packet announces. */
  readonly maximumSegmentSize?: number;
  /** The IP header's identification, by which a test knows its own packets again, whatever address they bear. */
  readonly mark: number;
}

export function formatPacket(packet: Packet): Buffer {
  const payload = formatPayload(packet);
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + payload.length, 2);
  header.writeUInt16BE(packet.mark, 4);
  header[8] = 64;
  header[9] = packet.protocol;
  header.writeUInt32BE(parseIpv4(packet.source), 12);
  header.writeUInt32BE(parseIpv4(packet.destination), 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, payload]);
}

function formatPayload({ protocol, source, destination, ...rest }: Packet): Buffer {
  const payload = Buffer.alloc(protocol === 6 ? 24 : 8);
  if (protocol === 1) {
    payload[0] = rest.icmpType ?? 8;
    payload[1] = rest.icmpCode ?? 0;
    payload.writeUInt16BE(rest.mark, 4);
    payload.writeUInt16BE(checksum(payload), 2);
    return payload;
  }
  if (protocol !== 6 && protocol !== 17) return payload;
  payload.writeUInt16BE(rest.sourcePort ?? 0, 0);
  payload.writeUInt16BE(rest.destinationPort ?? 0, 2);
  if (protocol === 17) {
    payload.writeUInt16BE(8, 4);
    return payload;
  }
  payload.writeUInt32BE(rest.mark * 65536, 4);
  payload[12] = 0x60;
  payload[13] = 0x02;
  payload.writeUInt16BE(1024, 14);
  payload.set([2, 4], 20);
  payload.writeUInt16BE(rest.maximumSegmentSize ?? 1460, 22);
  const pseudo = Buffer.alloc(12);
  pseudo.writeUInt32BE(parseIpv4(source), 0);
  pseudo.writeUInt32BE(parseIpv4(destination), 4);
  pseudo[9] = protocol;
  pseudo.writeUInt16BE(payload.length, 10);
  payload.writeUInt16BE(checksum(Buffer.concat([pseudo, payload])), 16);
  return payload;
}

export function parsePacket(bytes: Buffer): Packet {
  const protocol = bytes[9] ?? 0;
  const payload = bytes.subarray(((bytes[0] ?? 0x45) & 15) * 4);
  return {
    source: formatIpv4(bytes.readUInt32BE(12)),
    destination: formatIpv4(bytes.readUInt32BE(16)),
    protocol,
    mark: bytes.readUInt16BE(4),
    ...(protocol === 1 ? { icmpType: payload[0] ?? 0, icmpCode: payload[1] ?? 0 } : {}),
    ...(protocol === 6 ? announcedSegmentSize(payload) : {}),
    ...(protocol === 6 || protocol === 17
      ? { sourcePort: payload.readUInt16BE(0), destinationPort: payload.readUInt16BE(2) }
      : {}),
  };
}

/** Kernels put that option first. */
function announcedSegmentSize(segment: Buffer): Partial<Packet> {
  const hasOption = segment.length >= 24 && segment[20] === 2 && segment[21] === 4;
  return hasOption ? { maximumSegmentSize: segment.readUInt16BE(22) } : {};
}

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
