// What the network's things are called on the host. Names carry the cloud, so that clouds side by side find only
// their own. Interface names have 15 characters at most; the kernel cuts nothing, it refuses.

import { createHash } from 'node:crypto';

/** Where `ip netns` keeps the names of network namespaces. */
export const namespaceDirectory = '/run/netns';

/** The name, inside every VPC's namespace, of its end of the link to the host. */
export const uplinkInside = 'uplink';

/** Throws unless the cloud's id can be part of names: lower-case letters and digits. */
export function checkCloudId(cloudId: string): void {
  if (!/^[a-z0-9]{1,32}$/.test(cloudId)) throw new RangeError(`not a cloud id: ${cloudId}`);
}

export function namespaceName(cloudId: string, vpcId: string): string {
  return `cl-${cloudId}-${vpcId}`;
}

/** The VPC that a namespace of this cloud is for; undefined when the name is not one of this cloud's. */
export function vpcIdOf(cloudId: string, namespace: string): string | undefined {
  const prefix = namespaceName(cloudId, '');
  const rest = namespace.slice(prefix.length);
  return namespace.startsWith(prefix) && /^vpc-[0-9a-z-]+$/.test(rest) ? rest : undefined;
}

/** The host's end of a guest's interface, inside the VPC's namespace: the random tail of the interface's id. */
export function interfaceName(interfaceId: string): string {
  return `eni${interfaceId.replace(/^eni-/, '').slice(-12)}`;
}

/** What the host's ends of all uplinks of one cloud begin with; no other cloud's do. */
export function uplinkPrefix(cloudId: string): string {
  return `cl${digest(cloudId).slice(0, 5)}`;
}

/** The host's end of a VPC's uplink. */
export function uplinkName(cloudId: string, vpcId: string): string {
  return `${uplinkPrefix(cloudId)}${digest(vpcId).slice(0, 8)}`;
}

/** The host's nftables table of one cloud. */
export function hostTableName(cloudId: string): string {
  return `cloudlet_${cloudId}`;
}

function digest(text: string): string {
  return BigInt(`0x${createHash('sha256').update(text).digest('hex')}`)
    .toString(36)
    .padStart(50, '0');
}
