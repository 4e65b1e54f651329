// `stop --all`: every instance of every account is stopped as its owner would, and nothing runs on by any other way.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createApi } from '../cli/api.ts';
import { callJson } from '../cli/http-call.ts';
import { resolveConfig } from '../config.ts';
import { createSimulatedHypervisor } from '../drivers/hypervisor/simulated-hypervisor.ts';
import { systemClock } from '../kernel/clock.ts';
import { silentLog } from '../kernel/log.ts';
import { seededRandom } from '../kernel/random.ts';
import { type Running, startCloud } from '../main.ts';
import { forceGuestsOff } from './stop-instances.ts';

describe('stopping a cloud with all its instances', () => {
  let dataDirectory: string;
  let cloud: Running;

  const start = async () => {
    const flags = { port: '0', dataDir: dataDirectory, hypervisor: 'simulated' };
    cloud = await startCloud({ config: resolveConfig(flags, {}), log: silentLog });
  };
  const ec2 = (accessKeyId = 'test', region = 'us-east-1') =>
    createApi('ec2', { address: cloud.endpoint, region, accessKeyId });

  async function launch(api = ec2(), isProtected = false): Promise<string> {
    const { Images = [] } = await api.DescribeImages({ Filters: [{ Name: 'name', Values: ['debian-12*'] }] });
    const { Instances = [] } = await api.RunInstances({
      ...{ ImageId: Images[0]?.ImageId ?? '', InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 },
      DisableApiStop: isProtected,
    });
    const id = Instances[0]?.InstanceId ?? '';
    await expect.poll(() => stateOf(id, api)).toBe('running');
    return id;
  }

  const stateOf = async (id: string, api = ec2()) =>
    (await api.DescribeInstances({ InstanceIds: [id] })).Reservations?.[0]?.Instances?.[0]?.State?.Name;

  beforeEach(async () => {
    dataDirectory = mkdtempSync(join(tmpdir(), 'cloudlet-stop-'));
    await start();
  });
  afterEach(async () => {
    await cloud.stop();
    rmSync(dataDirectory, { recursive: true });
  });

  it('leaves them stopped, whoever’s they are, also after the next start', async () => {
    const mine = await launch();
    const theirs = await launch(ec2('111111111111', 'eu-west-1'));
    const body = JSON.stringify({ all: true });
    const answer = await callJson({ address: cloud.endpoint }, { method: 'POST', path: '/_cloudlet/stop', body });
    expect([...(answer['stoppedInstances'] as string[])].sort()).toEqual([mine, theirs].sort());
    await cloud.stopped;
    await start();
    expect(await stateOf(mine)).toBe('stopped');
    expect(await stateOf(theirs, ec2('111111111111', 'eu-west-1'))).toBe('stopped');
  });

  it('does not stop, in their owner’s name, those that are protected from it', async () => {
    const protectedId = await launch(ec2(), true);
    const other = await launch();
    expect(await cloud.stopInstances()).toEqual([other]);
    expect(await stateOf(protectedId)).toBe('running');
    expect(await stateOf(other)).toBe('stopped');
  });
});

describe('what could not be stopped so', () => {
  it('loses its power', async () => {
    const hypervisor = createSimulatedHypervisor({ clock: systemClock, random: seededRandom(1) });
    hypervisor.plantStray('i-0123456789abcdef0');
    await forceGuestsOff(hypervisor, silentLog);
    expect(await hypervisor.list()).toEqual([expect.objectContaining({ state: 'stopped' })]);
  });
});
