// The commands that need instances which really run: ssh, tour, and stop --all.

import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CloudProcess, createCloudProcess, eventually } from '../../tests/end-to-end/cloud-process.ts';
import { leftovers, whyNoMachines } from '../../tests/end-to-end/host.ts';
import { createApi } from './api.ts';
import { sshDirectory } from './log-in.ts';

const reason = whyNoMachines();
if (reason) process.stderr.write(`skipped: ssh, tour and stop --all, because: ${reason}\n`);

const minuteMs = 60_000;

describe.skipIf(reason !== undefined)('a cloud with machines', { timeout: 20 * minuteMs }, () => {
  let cloud: CloudProcess;
  let cloudId = '';
  let instanceId = '';
  const ec2 = () => createApi('ec2', { address: cloud.endpoint, region: 'us-east-1' });
  const stateOf = async () =>
    (await ec2().DescribeInstances({ InstanceIds: [instanceId] })).Reservations?.[0]?.Instances?.[0]?.State?.Name;

  beforeAll(async () => {
    cloud = await createCloudProcess();
    await cloud.start();
    cloudId = (JSON.parse((await cloud.cli('status', '--json')).stdout) as { cloudId: string }).cloudId;
  });
  afterAll(() => cloud?.dispose());

  it('gives the tour, which leaves nothing behind', async () => {
    const { stdout } = await cloud.cli('tour', '--json');
    const { steps } = JSON.parse(stdout) as { steps: readonly { title: string; outcome: string }[] };
    const outcomes = steps.map(({ outcome }) => outcome).join('\n');
    expect(outcomes).toContain('no answer, as it should be');
    expect(outcomes).toMatch(/http:\/\/[\d.]+:3005\/ says: Hello from ip-172-31-/);
    expect(outcomes).toMatch(/the page is still there: Hello from/);
    expect(outcomes).toContain('index.js');
    expect((await ec2().DescribeKeyPairs({})).KeyPairs ?? []).toEqual([]);
    expect((await ec2().DescribeSecurityGroups({})).SecurityGroups?.map(({ GroupName }) => GroupName)).toEqual([
      'default',
    ]);
    await eventually('a clean host', async () => (nothingIsLeft() ? true : undefined));
  });

  it('lets its owner in by name, with the key that is saved under its name', async () => {
    const { KeyMaterial = '' } = await ec2().CreateKeyPair({ KeyName: 'mine', KeyType: 'ed25519' });
    const keyPath = join(sshDirectory({ dataDir: cloud.dataDirectory }), 'mine.pem');
    writeFileSync(keyPath, KeyMaterial);
    chmodSync(keyPath, 0o400);
    const { SecurityGroups = [] } = await ec2().DescribeSecurityGroups({});
    const GroupId = SecurityGroups[0]?.GroupId ?? '';
    const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22, IpRanges: [{ CidrIp: '0.0.0.0/0' }] };
    await ec2().AuthorizeSecurityGroupIngress({ GroupId, IpPermissions: [ssh] });
    const { Images = [] } = await ec2().DescribeImages({ Filters: [{ Name: 'name', Values: ['debian-12*'] }] });
    const { Instances = [] } = await ec2().RunInstances({
      ...{ ImageId: Images[0]?.ImageId ?? '', InstanceType: 't3.micro', KeyName: 'mine', MinCount: 1, MaxCount: 1 },
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web-1' }] }],
    });
    instanceId = Instances[0]?.InstanceId ?? '';
    const who = await eventually('ssh', async () => (await cloud.cli('ssh', 'web-1', 'whoami')).stdout.trim());
    expect(who).toBe('admin');
    await expect(cloud.cli('ssh', instanceId, 'exit 7')).rejects.toMatchObject({ code: 7 });
    await expect(cloud.cli('ssh', 'web-2', 'whoami')).rejects.toMatchObject({ code: 1 });
  });

  it('leaves its instances running when it stops, and ends them afterwards when asked to', async () => {
    await cloud.cli('stop');
    expect(nothingIsLeft()).toBe(false);
    const { stdout } = await cloud.cli('stop', '--all', '--json');
    expect(JSON.parse(stdout)).toEqual({ stopped: false, stoppedInstances: [instanceId] });
    expect(leftovers(cloudId, cloud.dataDirectory)).toEqual([]);
    await cloud.start();
    expect(await stateOf()).toBe('stopped');
    await expect(cloud.cli('ssh', 'web-1', 'whoami')).rejects.toMatchObject({
      stderr: expect.stringContaining('is stopped, not running'),
    });
    await ec2().TerminateInstances({ InstanceIds: [instanceId] });
    await eventually('its end', async () => ((await stateOf()) === 'terminated' ? true : undefined));
  });

  /** But for the cloud itself. */
  const nothingIsLeft = () =>
    leftovers(cloudId, cloud.dataDirectory).every((line) => /^process .*cloudlet\.js/.test(line));
});
