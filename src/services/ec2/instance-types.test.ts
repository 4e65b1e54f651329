import { describe, expect, it } from 'vitest';
import { getInstanceType, instanceTypeNames, instanceTypesOffered, zonesOffering } from './instance-types.ts';
import { listRegions } from './regions.facts.ts';

describe('instance types', () => {
  // From AWS's own pages: https://aws.amazon.com/ec2/instance-types/
  it.each([
    ['t2.micro', 1, 1, 1024, 'x86_64', 2, 2],
    ['t3.micro', 2, 2, 1024, 'x86_64', 2, 2],
    ['t3.large', 2, 2, 8192, 'x86_64', 3, 12],
    ['t4g.nano', 2, 1, 512, 'arm64', 2, 2],
    ['m4.large', 2, 2, 8192, 'x86_64', 2, 10],
    ['m5.xlarge', 4, 2, 16384, 'x86_64', 4, 15],
    ['m6i.32xlarge', 128, 2, 524288, 'x86_64', 15, 50],
    ['m6g.medium', 1, 1, 4096, 'arm64', 2, 4],
    ['m7i.large', 2, 2, 8192, 'x86_64', 3, 10],
    ['m8g.large', 2, 1, 8192, 'arm64', 3, 10],
    ['c4.large', 2, 2, 3840, 'x86_64', 3, 10],
    ['c5.18xlarge', 72, 2, 147456, 'x86_64', 15, 50],
    ['c7g.xlarge', 4, 1, 8192, 'arm64', 4, 15],
    ['r5.large', 2, 2, 16384, 'x86_64', 3, 10],
    ['x1.32xlarge', 128, 2, 1998848, 'x86_64', 8, 30],
    ['z1d.large', 2, 2, 16384, 'x86_64', 3, 10],
    ['i3.large', 2, 2, 15616, 'x86_64', 3, 10],
    ['d2.xlarge', 4, 2, 31232, 'x86_64', 4, 15],
    ['p3.2xlarge', 8, 2, 62464, 'x86_64', 4, 15],
    ['g4dn.xlarge', 4, 2, 16384, 'x86_64', 3, 10],
  ])(
    '%s has %i vCPUs, %i threads a core, %i MiB, %s, %i interfaces of %i addresses',
    (name, vCpus, threads, memoryMiB, architecture, interfaces, addresses) => {
      const info = getInstanceType(name);
      expect(info?.InstanceType).toBe(name);
      expect(info?.VCpuInfo).toMatchObject({
        DefaultVCpus: vCpus,
        DefaultThreadsPerCore: threads,
        DefaultCores: vCpus / threads,
      });
      expect(info?.MemoryInfo?.SizeInMiB).toBe(memoryMiB);
      expect(info?.ProcessorInfo?.SupportedArchitectures).toContain(architecture);
      expect(info?.NetworkInfo).toMatchObject({
        MaximumNetworkInterfaces: interfaces,
        Ipv4AddressesPerInterface: addresses,
      });
    },
  );

  it('are free where AWS says so', () => {
    const free = instanceTypeNames().filter((name) => getInstanceType(name)?.FreeTierEligible);
    expect(free).toEqual([
      'c7i-flex.large',
      'm7i-flex.large',
      't2.micro',
      't3.micro',
      't3.small',
      't4g.micro',
      't4g.small',
      't8i.micro',
      't8i.small',
    ]);
  });

  it('know disks, GPUs, bursts, metal and generations', () => {
    expect(getInstanceType('i3.large')?.InstanceStorageInfo).toMatchObject({
      TotalSizeInGB: 475,
      Disks: [{ SizeInGB: 475, Count: 1, Type: 'ssd' }],
    });
    expect(getInstanceType('p5.48xlarge')?.GpuInfo?.Gpus?.[0]).toMatchObject({
      Name: 'H100',
      Count: 8,
      Manufacturer: 'NVIDIA',
    });
    expect(getInstanceType('t3.micro')).toMatchObject({
      BurstablePerformanceSupported: true,
      Hypervisor: 'nitro',
      BareMetal: false,
      CurrentGeneration: true,
    });
    expect(getInstanceType('m5.metal')).toMatchObject({ BareMetal: true, BurstablePerformanceSupported: false });
    expect(getInstanceType('m5.metal')?.Hypervisor).toBeUndefined();
    expect(getInstanceType('m1.small')).toMatchObject({
      CurrentGeneration: false,
      SupportedRootDeviceTypes: ['ebs', 'instance-store'],
    });
    expect(getInstanceType('p5.48xlarge')?.NetworkInfo?.NetworkCards).toHaveLength(32);
  });

  it('are whole: every type has what an instance needs to be made', () => {
    const names = instanceTypeNames();
    expect(names.length).toBeGreaterThan(1400);
    expect(names).toEqual(names.toSorted());
    for (const name of names) {
      const info = getInstanceType(name);
      expect(info?.VCpuInfo?.DefaultVCpus, name).toBeGreaterThan(0);
      expect(info?.MemoryInfo?.SizeInMiB, name).toBeGreaterThan(0);
      expect(info?.NetworkInfo?.MaximumNetworkInterfaces, name).toBeGreaterThan(0);
      expect(info?.SupportedUsageClasses?.length, name).toBeGreaterThan(0);
      expect(info?.SupportedVirtualizationTypes?.length, name).toBeGreaterThan(0);
    }
  });

  it('are undefined when AWS has them not', () => {
    expect([getInstanceType('t2.mega'), getInstanceType(''), getInstanceType('constructor')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(zonesOffering('t2.mega', 'us-east-1')).toEqual([]);
  });
});

describe('offerings', () => {
  const zoneNames = (name: string, region: string) => zonesOffering(name, region).map((zone) => zone.name);

  it('are those of AWS', () => {
    expect(zoneNames('t2.micro', 'us-east-1')).toEqual(
      ['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => `us-east-1${letter}`),
    );
    // use1-az3 is the oldest zone, and has no Nitro instances.
    expect(zoneNames('t3.micro', 'us-east-1')).toEqual(['a', 'b', 'c', 'd', 'f'].map((letter) => `us-east-1${letter}`));
    expect(zoneNames('t2.micro', 'eu-north-1')).toEqual([]);
    expect(zoneNames('t3.micro', 'eu-north-1')).toHaveLength(3);
  });

  it('begin in the first three zones of a region, where its default subnets are', () => {
    for (const { name: region, zones } of listRegions()) {
      const first = zones.slice(0, 3).map((zone) => zone.name);
      const offered = zonesOffering('t3.micro', region).map((zone) => zone.name);
      expect(
        first.filter((zone) => !offered.includes(zone)),
        region,
      ).toEqual([]);
    }
  });

  it('are made up, from a region that has most, where nothing is known', () => {
    expect(zoneNames('t3.micro', 'moon-south-1')).toEqual(['moon-south-1a', 'moon-south-1b', 'moon-south-1c']);
    expect(zoneNames('t3.micro', 'cn-north-1')).toEqual(['cn-north-1a', 'cn-north-1b']);
  });

  it('are many in each region', () => {
    for (const region of listRegions())
      expect(instanceTypesOffered(region.name).length, region.name).toBeGreaterThan(200);
    expect(instanceTypesOffered('us-east-1')).toContain('m5.large');
  });
});
