// Two clouds on one host, each with a machine; and an Ubuntu machine that is set up by cloud-config.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, createAws, ssh } from './aws-cli.ts';
import { type CloudProcess, createCloudProcess, eventually } from './cloud-process.ts';
import { isInstalled, leftovers, whyNoMachines } from './host.ts';

const reason = whyNoMachines() ?? (isInstalled('aws') ? undefined : 'the AWS CLI is not installed');
if (reason) process.stderr.write(`skipped: two clouds side by side, because: ${reason}\n`);

const minuteMs = 60_000;

interface Launched {
  readonly instanceId: string;
  readonly host: string;
  readonly privateAddress: string;
  readonly keyPath: string;
}

const debianParameter = '/aws/service/debian/release/12/latest/amd64';
const ubuntuParameter = '/aws/service/canonical/ubuntu/server/24.04/stable/current/amd64/hvm/ebs-gp3/ami-id';

describe.skipIf(reason !== undefined)('two clouds side by side', { timeout: 20 * minuteMs }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-two-'));
  let one: CloudProcess;
  let other: CloudProcess;
  let ours: Launched;
  let theirs: Launched;

  beforeAll(async () => {
    [one, other] = await Promise.all([createCloudProcess(), createCloudProcess()]);
    await Promise.all([one.start(), other.start()]);
  });

  afterAll(async () => {
    await Promise.all([one?.dispose(), other?.dispose()]);
    rmSync(folder, { recursive: true, force: true });
  });

  async function launch(cloud: CloudProcess, name: string, parameter: string, userData = ''): Promise<Launched> {
    const aws: Aws = createAws(cloud);
    const keyPath = join(folder, `${name}.pem`);
    const pem = await aws(
      'ec2',
      'create-key-pair',
      '--key-name',
      name,
      '--key-type',
      'ed25519',
      '--query',
      'KeyMaterial',
      '--output',
      'text',
    );
    writeFileSync(keyPath, `${pem}\n`, { mode: 0o400 });
    const groupId = await aws(
      'ec2',
      'create-security-group',
      '--group-name',
      name,
      '--description',
      name,
      '--query',
      'GroupId',
      '--output',
      'text',
    );
    await aws(
      'ec2',
      'authorize-security-group-ingress',
      '--group-id',
      groupId,
      '--protocol',
      'tcp',
      '--port',
      '22',
      '--cidr',
      '0.0.0.0/0',
    );
    const instanceId = await aws(
      ...[
        'ec2',
        'run-instances',
        '--image-id',
        `resolve:ssm:${parameter}`,
        '--instance-type',
        't3.small',
        '--key-name',
        name,
      ],
      ...['--security-group-ids', groupId, '--query', 'Instances[0].InstanceId', '--output', 'text'],
      ...(userData ? ['--user-data', userData] : []),
    );
    await aws('ec2', 'wait', 'instance-status-ok', '--instance-ids', instanceId);
    const query = 'Reservations[0].Instances[0].[PublicIpAddress,PrivateIpAddress]';
    const [host = '', privateAddress = ''] = (
      await aws('ec2', 'describe-instances', '--instance-ids', instanceId, '--query', query, '--output', 'text')
    ).split(/\s+/);
    return { instanceId, host, privateAddress, keyPath };
  }

  const whoIs = (machine: Launched, user: string) =>
    eventually(
      `ssh ${user}@${machine.host}`,
      () => ssh({ keyPath: machine.keyPath, user, host: machine.host }, 'whoami; hostname'),
      minuteMs,
    );

  it('run machines of their own, at addresses of their own', async () => {
    [ours, theirs] = await Promise.all([
      launch(one, 'ours', debianParameter),
      launch(other, 'theirs', debianParameter),
    ]);
    const hostName = ({ privateAddress }: Launched) => `ip-${privateAddress.replaceAll('.', '-')}`;
    expect(await whoIs(ours, 'admin')).toBe(`admin\n${hostName(ours)}`);
    expect(await whoIs(theirs, 'admin')).toBe(`admin\n${hostName(theirs)}`);
    expect(ours.host).not.toBe(theirs.host);
    const query = 'Reservations[].Instances[].InstanceId';
    expect(await createAws(one)('ec2', 'describe-instances', '--query', query, '--output', 'text')).toBe(
      ours.instanceId,
    );
  });

  it('boot Ubuntu, set up by cloud-config', async () => {
    const cloudConfig = [
      '#cloud-config',
      'write_files:',
      '- path: /etc/made-by',
      '  content: cloud-config',
      'runcmd:',
      '- [touch, /run-once]',
      '',
    ].join('\n');
    const machine = await launch(one, 'ubuntu', ubuntuParameter, cloudConfig);
    expect(await whoIs(machine, 'ubuntu')).toContain('ubuntu');
    const inside = (command: string) => ssh({ keyPath: machine.keyPath, user: 'ubuntu', host: machine.host }, command);
    expect(await inside('. /etc/os-release; echo $ID $VERSION_ID')).toBe('ubuntu 24.04');
    await eventually(
      'cloud-config',
      async () => ((await inside('cloud-init status --wait')).includes('done') ? true : undefined),
      minuteMs,
    );
    expect(await inside('cat /etc/made-by; echo; ls /run-once')).toBe('cloud-config\n/run-once');
  });

  it('end apart: what one leaves, the other keeps', async () => {
    await one.cli('stop', '--all');
    expect(await whoIs(theirs, 'admin')).toContain('admin');
    await one.start();
    const aws = createAws(one);
    const query = 'Reservations[].Instances[].State.Name';
    expect(await aws('ec2', 'describe-instances', '--query', query, '--output', 'text')).toBe('stopped\tstopped');
    await one.cli('reset', '--yes');
    const { cloudId } = JSON.parse((await one.cli('status', '--json')).stdout) as { cloudId: string };
    await eventually('a clean host', async () => {
      const left = leftovers(cloudId, one.dataDirectory).filter((line) => !/^process .*cloudlet\.js start/.test(line));
      if (left.length > 0) throw new Error(left.join('\n'));
      return true;
    });
    expect(await whoIs(theirs, 'admin')).toContain('admin');
  });
});
