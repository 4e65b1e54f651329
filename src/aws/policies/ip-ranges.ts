// Blocks of IP addresses in conditions: `203.0.113.0/24`, `2001:db8::/32`, or one address.

import { isIP } from 'node:net';

/** The eight or two groups of sixteen bits of an address. */
type Groups = readonly number[];

/** Whether an address is in a block; false when either is malformed, or they are of different families. */
export function compileIpRange(block: string): (address: string) => boolean {
  const [network = '', bits, ...rest] = block.split('/');
  const wanted = parseAddress(network);
  if (!wanted || rest.length > 0 || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return () => false;
  const width = wanted.length * 16;
  const prefix = bits === undefined ? width : Number(bits);
  if (prefix > width) return () => false;
  const masks = wanted.map((_, at) => maskOf(Math.min(16, Math.max(0, prefix - at * 16))));
  return (address) => {
    const actual = parseOnce(address);
    return (
      actual?.length === width / 16 && masks.every((mask, at) => (((actual[at] ?? 0) ^ (wanted[at] ?? 0)) & mask) === 0)
    );
  };
}

/** Whether the text is what IAM takes for a block. */
export function isIpRange(block: string): boolean {
  const [network = '', bits = '0', ...rest] = block.split('/');
  const width = { 4: 32, 6: 128 }[isIP(network)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= width;
}

let last: { readonly text: string; readonly groups: Groups | undefined } | undefined;

/** The blocks of a policy are asked about the same address one after another. */
function parseOnce(text: string): Groups | undefined {
  if (last?.text !== text) last = { text, groups: parseAddress(text) };
  return last.groups;
}

const maskOf = (bits: number): number => (0xffff << (16 - bits)) & 0xffff;

/** An IPv4 address that a dual-stack socket tells as `::ffff:…` is an IPv4 address. */
function parseAddress(text: string): Groups | undefined {
  const address = text.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(address);
  if (family === 4) return groupsOfV4(address);
  if (family !== 6 || address.includes('%')) return undefined;
  const [, head = address, tail] = /^(.*)::(.*)$/.exec(address) ?? [];
  const before = groupsOf(head);
  const after = tail === undefined ? [] : groupsOf(tail);
  return [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after];
}

function groupsOfV4(address: string): Groups {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [a * 256 + b, c * 256 + d];
}

function groupsOf(part: string): Groups {
  if (part === '') return [];
  return part.split(':').flatMap((group) => (group.includes('.') ? groupsOfV4(group) : Number.parseInt(group, 16)));
}
