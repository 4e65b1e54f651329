import { describe, expect, it } from 'vitest';
import type { FaultPlan } from '../fault.ts';
import { createFakeNetwork } from './fake-network.ts';
import type { VpcPicture } from './network.ts';

const picture: VpcPicture = { id: 'vpc-1', cidrBlocks: ['10.0.0.0/16'], interfaces: [], securityGroups: [] };

describe('the fake network', () => {
  it('shows the pictures in force, and forgets them in a reboot', async () => {
    const network = createFakeNetwork();
    await network.ensureVpc(picture);
    expect(network.pictures.get('vpc-1')).toEqual(picture);
    network.rebootHost();
    expect(await network.listVpcs()).toEqual([]);
  });

  it('fails when two acts on one VPC overlap, not when they are on two', async () => {
    const network = createFakeNetwork();
    await Promise.all([network.ensureVpc(picture), network.ensureVpc({ ...picture, id: 'vpc-2' })]);
    const acts = [network.ensureVpc(picture), network.ensureVpcAbsent('vpc-1')];
    const outcomes = await Promise.allSettled(acts);
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(network.violations).toHaveLength(1);
    await network.ensureVpcAbsent('vpc-1');
  });

  it('fails as its plan says, before or after the effect', async () => {
    const faults: FaultPlan = {
      before: async (act) => {
        if (act === 'network.ensureVpc vpc-1') throw new Error('before');
      },
      after: async (act) => {
        if (act === 'network.ensureVpc vpc-2') throw new Error('after');
      },
    };
    const network = createFakeNetwork({ faults });
    await expect(network.ensureVpc(picture)).rejects.toThrow('before');
    await expect(network.ensureVpc({ ...picture, id: 'vpc-2' })).rejects.toThrow('after');
    expect(await network.listVpcs()).toEqual(['vpc-2']);
  });
});
