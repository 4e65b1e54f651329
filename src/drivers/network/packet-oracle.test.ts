// The oracle is what others are measured by, so it is checked against AWS's documentation, case by case.

import { describe, expect, it } from 'vitest';
import type { VpcPicture } from './network.ts';
import { type FlowStart, isAllowed } from './packet-oracle.ts';
import { all, anywhere, eni, group, rule, vpc } from './pictures.testing.ts';

const [web, db] = ['10.0.0.11', '10.0.0.12'];
const picture: VpcPicture = vpc(
  'vpc-1',
  [eni(1, ['sg-web'], { publicAddress: '198.18.4.11' }), eni(2, ['sg-db'], { sourceDestinationCheck: false })],
  [
    group('sg-web', { ingress: [rule('tcp', [80, 90], anywhere), rule('icmp', [8, -1], anywhere)], egress: all }),
    group('sg-db', { ingress: [rule('tcp', 5432, 'sg-web')], egress: [rule('tcp', 443, anywhere)] }),
  ],
);
const [webId, dbId] = picture.interfaces.map((each) => each.id) as [string, string];
const tcp = (destinationPort: number) => ({ protocol: 'tcp', destinationPort }) as const;

describe('the packet oracle', () => {
  it.each<[string, boolean, FlowStart]>([
    ['in from the internet', true, { source: '203.0.113.9', destination: '198.18.4.11', ...tcp(85) }],
    ['in at another port', false, { source: '203.0.113.9', destination: '198.18.4.11', ...tcp(91) }],
    ['in by the private address', false, { source: '203.0.113.9', destination: web, ...tcp(85) }],
    ['a ping', true, { source: '203.0.113.9', destination: '198.18.4.11', protocol: 'icmp', icmpType: 8, icmpCode: 0 }],
    ['group to group', true, { fromInterfaceId: webId, source: web, destination: db, ...tcp(5432) }],
    ['stopped by egress', false, { fromInterfaceId: dbId, source: db, destination: web, ...tcp(80) }],
    ['another source', false, { fromInterfaceId: webId, source: db, destination: db, ...tcp(5432) }],
    ['another source, unchecked', true, { fromInterfaceId: dbId, source: '192.0.2.1', destination: web, ...tcp(443) }],
    ['out', true, { fromInterfaceId: webId, source: web, destination: '203.0.113.9', ...tcp(443) }],
    ['out without an address', false, { fromInterfaceId: dbId, source: db, destination: '203.0.113.9', ...tcp(443) }],
    ['to nobody', false, { fromInterfaceId: webId, source: web, destination: '10.0.0.99', ...tcp(443) }],
    [
      "to one's own public address",
      true,
      { fromInterfaceId: webId, source: web, destination: '198.18.4.11', ...tcp(80) },
    ],
    ['from an unknown interface', false, { fromInterfaceId: 'eni-9', source: web, destination: db, ...tcp(5432) }],
  ])('%s: %s', (_what, expected, flow) => {
    // The one that egress lets out must be let in as well.
    const open = flow.fromInterfaceId === dbId && flow.source === '192.0.2.1';
    const groups = picture.securityGroups.map((each) =>
      open && each.id === 'sg-web' ? { ...each, ingress: all } : each,
    );
    expect(isAllowed({ ...picture, securityGroups: groups }, flow)).toBe(expected);
  });
});
