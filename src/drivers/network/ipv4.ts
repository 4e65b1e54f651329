// IPv4 addresses and blocks as unsigned 32-bit numbers. Strict: what is parsed here ends up in the firewall's input.

export interface Ipv4Block {
  /** The network address: the bits after the prefix are zero. */
  readonly base: number;
  readonly prefixLength: number;
}

/** Throws a RangeError unless `text` is four decimal numbers. */
export function parseIpv4(text: string): number {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  const bytes = match?.slice(1).map(Number) ?? [];
  if (bytes.length !== 4 || bytes.some((byte) => byte > 255)) throw new RangeError(`not an IPv4 address: ${text}`);
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

export function formatIpv4(address: number): string {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
}

/** Parses `10.0.0.0/8`. Bits after the prefix are cleared, as EC2 does with a rule's CIDR. */
export function parseBlock(text: string): Ipv4Block {
  const [address = '', length = ''] = text.split('/', 2);
  const prefixLength = /^\d{1,2}$/.test(length) ? Number(length) : Number.NaN;
  if (!(prefixLength <= 32)) throw new RangeError(`not an IPv4 block: ${text}`);
  return { base: (parseIpv4(address) & maskOf(prefixLength)) >>> 0, prefixLength };
}

export function formatBlock(block: Ipv4Block): string {
  return `${formatIpv4(block.base)}/${block.prefixLength}`;
}

export function blockContains(block: Ipv4Block, address: number): boolean {
  return (address & maskOf(block.prefixLength)) >>> 0 === block.base;
}

function maskOf(prefixLength: number): number {
  return prefixLength === 0 ? 0 : (-1 << (32 - prefixLength)) >>> 0;
}
