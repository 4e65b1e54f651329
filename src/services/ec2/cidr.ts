// Address blocks in CIDR notation, IPv4 in full and IPv6 as far as EC2 needs it. An IPv4 address is a number (32 bits,
// unsigned), an IPv6 address a bigint, so blocks compare and count by arithmetic. Parsing is strict: no leading zeros,
// no short forms, since `010.1.1.1` means different addresses to different programs.

export interface Ipv4Block {
  /** The first address of the block: what the prefix leaves is zero. */
  readonly base: number;
  /** 0 to 32. */
  readonly prefix: number;
}

export interface Ipv6Block {
  readonly base: bigint;
  /** 0 to 128. */
  readonly prefix: number;
}

export function parseIpv4(text: string): number | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (!match) return undefined;
  let address = 0;
  for (const part of match.slice(1)) {
    const byte = Number(part);
    if (byte > 255 || (part.length > 1 && part.startsWith('0'))) return undefined;
    address = address * 256 + byte;
  }
  return address;
}

export function formatIpv4(address: number): string {
  return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
}

/**
 * The block that contains the address before the slash: EC2 takes `100.68.0.18/18` for `100.68.0.0/18`. Undefined when
 * the text is no CIDR block.
 */
export function parseIpv4Block(text: string): Ipv4Block | undefined {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseIpv4(addressText);
  const prefix = parsePrefix(prefixText, 32);
  if (address === undefined || prefix === undefined || rest.length > 0) return undefined;
  return { base: Math.floor(address / size(prefix)) * size(prefix), prefix };
}

export function formatIpv4Block(block: Ipv4Block): string {
  return `${formatIpv4(block.base)}/${block.prefix}`;
}

function parsePrefix(text: string | undefined, longest: number): number | undefined {
  if (text === undefined || !/^(?:0|[1-9]\d{0,2})$/.test(text)) return undefined;
  const prefix = Number(text);
  return prefix <= longest ? prefix : undefined;
}

function size(prefix: number): number {
  return 2 ** (32 - prefix);
}

/** How many addresses the block has, those that cannot be used among them. */
export function addressCount(block: Ipv4Block): number {
  return size(block.prefix);
}

export function lastAddress(block: Ipv4Block): number {
  return block.base + size(block.prefix) - 1;
}

export function containsAddress(block: Ipv4Block, address: number): boolean {
  return address >= block.base && address <= lastAddress(block);
}

export function containsBlock(outer: Ipv4Block, inner: Ipv4Block): boolean {
  return outer.prefix <= inner.prefix && containsAddress(outer, inner.base);
}

/** Two blocks overlap only when one contains the other. */
export function overlaps(a: Ipv4Block, b: Ipv4Block): boolean {
  return containsBlock(a, b) || containsBlock(b, a);
}

/** `count` blocks of the given prefix, side by side from the block's start; fewer when it has no more. */
export function splitBlock(block: Ipv4Block, prefix: number, count: number): readonly Ipv4Block[] {
  const most = prefix < block.prefix ? 0 : 2 ** (prefix - block.prefix);
  return Array.from({ length: Math.min(count, most) }, (_, i) => ({ base: block.base + i * size(prefix), prefix }));
}

// In every subnet AWS keeps the network address, the router, the resolver, one for the future, and the last.
const reservedAtStart = 4;
const reservedAtEnd = 1;

/** How many addresses of a subnet instances can have. */
export function usableAddressCount(subnet: Ipv4Block): number {
  return Math.max(0, addressCount(subnet) - reservedAtStart - reservedAtEnd);
}

/** Can a network interface in the subnet have this address, if nobody else has it? */
export function isUsableAddress(subnet: Ipv4Block, address: number): boolean {
  return address >= subnet.base + reservedAtStart && address <= lastAddress(subnet) - reservedAtEnd;
}

/** In ascending order. */
export function* usableAddresses(subnet: Ipv4Block): Generator<number, void, undefined> {
  const end = lastAddress(subnet) - reservedAtEnd;
  for (let address = subnet.base + reservedAtStart; address <= end; address++) yield address;
}

/** The subnet's router: its second address. */
export function routerAddress(subnet: Ipv4Block): number {
  return subnet.base + 1;
}

/** The VPC's resolver: the third address of its first block. */
export function resolverAddress(vpc: Ipv4Block): number {
  return vpc.base + 2;
}

export function parseIpv6(text: string): bigint | undefined {
  const [head = '', tail, ...rest] = text.split('::');
  if (rest.length > 0) return undefined;
  const first = parseGroups(head);
  const second = tail === undefined ? [] : parseGroups(tail);
  if (!first || !second) return undefined;
  const missing = 8 - first.length - second.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...first, ...Array<number>(missing).fill(0), ...second];
  return groups.reduce((address, group) => (address << 16n) | BigInt(group), 0n);
}

/** 16-bit groups; the last two may be written as an IPv4 address. */
function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const parts = text.split(':');
  const groups: number[] = [];
  for (const [i, part] of parts.entries()) {
    const ipv4 = i === parts.length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(ipv4 >>> 16, ipv4 & 0xffff);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups as `::`. */
export function formatIpv6(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, i) => Number((address >> BigInt(112 - 16 * i)) & 0xffffn));
  const [start, length] = longestZeroRun(groups);
  const hex = groups.map((group) => group.toString(16));
  if (length < 2) return hex.join(':');
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`;
}

function longestZeroRun(groups: readonly number[]): readonly [start: number, length: number] {
  let best: readonly [number, number] = [0, 0];
  for (let start = 0; start < groups.length; start++) {
    let length = 0;
    while (groups[start + length] === 0) length += 1;
    if (length > best[1]) best = [start, length];
  }
  return best;
}

export function parseIpv6Block(text: string): Ipv6Block | undefined {
  const [addressText = '', prefixText, ...rest] = text.split('/');
  const address = parseIpv6(addressText);
  const prefix = parsePrefix(prefixText, 128);
  if (address === undefined || prefix === undefined || rest.length > 0) return undefined;
  const hostBits = BigInt(128 - prefix);
  return { base: (address >> hostBits) << hostBits, prefix };
}

export function formatIpv6Block(block: Ipv6Block): string {
  return `${formatIpv6(block.base)}/${block.prefix}`;
}

export function containsIpv6Address(block: Ipv6Block, address: bigint): boolean {
  const hostBits = BigInt(128 - block.prefix);
  return address >> hostBits === block.base >> hostBits;
}

export function containsIpv6Block(outer: Ipv6Block, inner: Ipv6Block): boolean {
  return outer.prefix <= inner.prefix && containsIpv6Address(outer, inner.base);
}

export function overlapsIpv6(a: Ipv6Block, b: Ipv6Block): boolean {
  return containsIpv6Block(a, b) || containsIpv6Block(b, a);
}

/** The block in its canonical form, of either kind, or undefined when it is none: `2001:DB8::1/32` is `2001:db8::/32`. */
export function canonicalCidr(text: string): string | undefined {
  const ipv4 = parseIpv4Block(text);
  if (ipv4) return formatIpv4Block(ipv4);
  const ipv6 = parseIpv6Block(text);
  return ipv6 && formatIpv6Block(ipv6);
}
