// What must hold of a picture before it becomes names, routes and rules. A picture that breaks it is a mistake of
// ours, not the world's: trying again would not help.

import assert from 'node:assert/strict';
import { blockContains, type Ipv4Block, parseBlock, parseIpv4 } from './ipv4.ts';
import { interfaceName } from './names.ts';
import type { VpcPicture } from './network.ts';

export function checkPicture(picture: VpcPicture, pool: Ipv4Block, hostAddress: string): void {
  assert.match(picture.id, /^vpc-[0-9a-z-]{1,40}$/, 'not a VPC id');
  assert(picture.cidrBlocks.length > 0, `${picture.id} has no CIDR block`);
  picture.cidrBlocks.forEach(parseBlock);
  for (const { id } of picture.securityGroups) assert.match(id, /^sg-[0-9a-z-]{1,40}$/, 'not a security group id');
  for (const each of picture.interfaces) {
    assert.match(each.id, /^eni-[0-9a-z-]{1,40}$/, 'not a network interface id');
    parseIpv4(each.privateAddress);
    if (each.publicAddress !== undefined) checkPublic(each.publicAddress, pool, hostAddress);
  }
  const names = picture.interfaces.map(({ id }) => interfaceName(id));
  const publics = picture.interfaces.flatMap(({ publicAddress }) => publicAddress ?? []);
  const privates = picture.interfaces.map(({ privateAddress }) => privateAddress);
  for (const each of [names, publics, privates])
    assert.equal(new Set(each).size, each.length, `twice in ${picture.id}`);
}

function checkPublic(address: string, pool: Ipv4Block, hostAddress: string): void {
  assert(blockContains(pool, parseIpv4(address)), `${address} is not one of this cloud's public addresses`);
  assert.notEqual(address, hostAddress, 'that public address is the host');
}
