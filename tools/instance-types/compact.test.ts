import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInstanceTypes, type Facts } from '../../src/services/ec2/instance-types.ts';
import { type Answers, compactInstanceTypes, formatFacts, type TypeInfo } from './compact.ts';

const member = fc.oneof(
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  fc.string(),
  fc.array(fc.record({ Name: fc.string(), Count: fc.nat() }), { maxLength: 2 }),
);
const group = fc.dictionary(fc.constantFrom('MaximumNetworkCards', 'NetworkCards', 'EfaSupported'), member, {
  minKeys: 1,
  noNullPrototype: true,
});
const info = fc.record(
  { BareMetal: fc.boolean(), MemoryInfo: member, NetworkInfo: group, GpuInfo: member },
  { requiredKeys: [], noNullPrototype: true },
);
const name = fc.stringMatching(/^[a-z]\d\.[a-z]{1,6}$/);
const zoneIds = ['use1-az1', 'use1-az2', 'use1-az4'];

describe('compactInstanceTypes', () => {
  it('loses nothing of what AWS answered', () => {
    fc.assert(
      fc.property(fc.dictionary(name, fc.tuple(info, fc.subarray(zoneIds)), { noNullPrototype: true }), (all) => {
        const types = new Map(
          Object.entries(all).map(([type, [members]]) => [type, { ...members, InstanceType: type } as TypeInfo]),
        );
        const offered = Object.entries(all).flatMap(([InstanceType, [, zones]]) =>
          zones.map((Location) => ({ InstanceType, Location })),
        );
        const answers: Answers = { types, offerings: new Map([['us-east-1', offered]]) };
        const read = createInstanceTypes(JSON.parse(formatFacts(compactInstanceTypes('test', answers))) as Facts);
        expect(read.names).toEqual([...types.keys()].sort());
        for (const [type, [, zones]] of Object.entries(all)) {
          expect(read.get(type)).toEqual(JSON.parse(JSON.stringify(types.get(type))));
          expect(read.zoneIdsOffering(type, 'us-east-1')).toEqual(zones.toSorted());
          expect(read.zoneIdsOffering(type, 'us-east-2')).toBeUndefined();
        }
      }),
    );
  });

  it('does not depend on the order in which things came', () => {
    const one: TypeInfo = { InstanceType: 'a1.large', MemoryInfo: { SizeInMiB: 1 }, BareMetal: false };
    const two: TypeInfo = { InstanceType: 'a1.metal', BareMetal: true, MemoryInfo: { SizeInMiB: 1 } };
    const offerings = new Map([['us-east-1', [{ InstanceType: 'a1.large', Location: 'use1-az1' }]]]);
    const facts = [
      [one, two],
      [two, one],
    ].map((infos) =>
      compactInstanceTypes('test', { types: new Map(infos.map((each) => [each.InstanceType, each])), offerings }),
    );
    expect(facts[0]).toEqual(facts[1]);
  });

  it('takes types of which nothing is known', () => {
    const answers: Answers = {
      types: new Map([['a0.a', { InstanceType: 'a0.a' }]]),
      offerings: new Map([['us-east-1', []]]),
    };
    const read = createInstanceTypes(compactInstanceTypes('test', answers));
    expect(read.get('a0.a')).toEqual({ InstanceType: 'a0.a' });
  });

  it('refuses more zones than it has digits for', () => {
    const offerings = new Map([
      ['r', Array.from({ length: 7 }, (_, i) => ({ InstanceType: 'a1.large', Location: `r-az${i}` }))],
    ]);
    expect(() =>
      compactInstanceTypes('test', { types: new Map([['a1.large', { InstanceType: 'a1.large' }]]), offerings }),
    ).toThrow('too many zones');
  });
});
