// The names that EC2 gives to addresses: `ip-172-31-5-6.eu-west-1.compute.internal` inside a VPC, and
// `ec2-198-18-0-5.eu-west-1.compute.amazonaws.com` outside. us-east-1, the first region, has shorter ones.
// https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html

const firstRegion = 'us-east-1';

/** The domain of private names, which is also what guests search: `ec2.internal`. */
export function privateDomain(region: string): string {
  return region === firstRegion ? 'ec2.internal' : `${region}.compute.internal`;
}

export function publicDomain(region: string): string {
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return region === firstRegion ? `compute-1.${suffix}` : `${region}.compute.${suffix}`;
}

export function privateDnsName(address: string, region: string): string {
  return `ip-${dashed(address)}.${privateDomain(region)}`;
}

export function publicDnsName(address: string, region: string): string {
  return `ec2-${dashed(address)}.${publicDomain(region)}`;
}

/** The address that a private name of the region stands for; undefined when it is no such name. */
export function parsePrivateDnsName(name: string, region: string): string | undefined {
  return parseName(name, 'ip-', privateDomain(region));
}

export function parsePublicDnsName(name: string, region: string): string | undefined {
  return parseName(name, 'ec2-', publicDomain(region));
}

/** The address that a name for reverse look-ups stands for: `6.5.31.172.in-addr.arpa`. */
export function parseReverseDnsName(name: string): string | undefined {
  const [, reversed] = /^([\d.]+)\.in-addr\.arpa$/i.exec(name) ?? [];
  return reversed === undefined ? undefined : checkedAddress(reversed.split('.').reverse().join('.'));
}

function parseName(name: string, prefix: string, domain: string): string | undefined {
  const lower = name.toLowerCase();
  if (!lower.startsWith(prefix) || !lower.endsWith(`.${domain}`)) return undefined;
  return checkedAddress(lower.slice(prefix.length, -domain.length - 1).replaceAll('-', '.'));
}

const dashed = (address: string): string => address.replaceAll('.', '-');

/** Only an address as names spell it: four numbers from 0 to 255 without leading zeros. */
function checkedAddress(text: string): string | undefined {
  const parts = text.split('.');
  const isAddress = parts.length === 4 && parts.every((part) => /^\d{1,3}$/.test(part) && String(+part) === part);
  return isAddress && parts.every((part) => +part <= 255) ? text : undefined;
}
