// The first journey, as a person makes it: AWS CLI, ssh, a Node application, a port opened, pm2, a crash, a restart.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, createAws, ssh } from './aws-cli.ts';
import { type CloudProcess, createCloudProcess, eventually, execute } from './cloud-process.ts';
import { type GitServer, serveApplication } from './git-server.ts';
import { isInstalled, leftovers, whyNoMachines } from './host.ts';

const reason = whyNoMachines() ?? (isInstalled('aws') ? undefined : 'the AWS CLI is not installed');
if (reason) process.stderr.write(`skipped: the first journey, because: ${reason}\n`);

const minuteMs = 60_000;

describe.skipIf(reason !== undefined)('the first journey', { timeout: 20 * minuteMs }, () => {
  let cloud: CloudProcess;
  let aws: Aws;
  let gitServer: GitServer;
  const folder = mkdtempSync(join(tmpdir(), 'cloudlet-journey-'));
  const keyPath = join(folder, 'key.pem');
  let groupId = '';
  let instanceId = '';
  let address = '';
  let hostAddress = '';

  const login = () => ({ keyPath, user: 'admin', host: address });
  const inside = (command: string) => ssh(login(), command);
  const page = async (withinSeconds = 20): Promise<string | undefined> => {
    const limit = ['--max-time', String(withinSeconds)];
    const { stdout } = await execute('curl', ['--silent', ...limit, `http://${address}:3005/home`]);
    return stdout;
  };
  const pageOrSilence = () => page(2).catch(() => 'silence');
  const describeInstance = (query: string) =>
    aws(
      'ec2',
      'describe-instances',
      '--instance-ids',
      instanceId,
      '--query',
      `Reservations[0].Instances[0].${query}`,
      '--output',
      'text',
    );

  beforeAll(async () => {
    gitServer = await serveApplication();
    cloud = await createCloudProcess();
    await cloud.start();
    aws = createAws(cloud);
  });

  afterAll(async () => {
    await cloud?.dispose();
    await gitServer?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('tells who is calling, and has a default VPC', async () => {
    expect(await aws('sts', 'get-caller-identity', '--query', 'Account', '--output', 'text')).toBe('000000000000');
    const vpcs = await aws('ec2', 'describe-vpcs', '--query', 'Vpcs[].[IsDefault,CidrBlock]', '--output', 'text');
    expect(vpcs).toBe('True\t172.31.0.0/16');
  });

  it('launches an instance and lets its owner in with the key pair', async () => {
    const pem = await aws('ec2', 'create-key-pair', '--key-name', 'mine', '--query', 'KeyMaterial', '--output', 'text');
    writeFileSync(keyPath, `${pem}\n`);
    chmodSync(keyPath, 0o400);
    groupId = await aws(
      'ec2',
      'create-security-group',
      '--group-name',
      'web',
      '--description',
      'ssh first',
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
    const imageId = await aws(
      'ssm',
      'get-parameters',
      '--names',
      '/aws/service/debian/release/12/latest/amd64',
      '--query',
      'Parameters[0].Value',
      '--output',
      'text',
    );
    instanceId = await aws(
      ...['ec2', 'run-instances', '--image-id', imageId, '--instance-type', 't2.micro', '--key-name', 'mine'],
      ...['--security-group-ids', groupId, '--query', 'Instances[0].InstanceId', '--output', 'text'],
      ...['--tag-specifications', 'ResourceType=instance,Tags=[{Key=Name,Value=web-1}]'],
      ...['--user-data', '#!/bin/sh\necho user data ran > /user-data-ran\n'],
    );
    await aws('ec2', 'wait', 'instance-running', '--instance-ids', instanceId);
    await aws('ec2', 'wait', 'instance-status-ok', '--instance-ids', instanceId);
    address = await describeInstance('PublicIpAddress');
    const who = await eventually('ssh', () => inside('whoami'));
    expect(who).toBe('admin');
  });

  it('is a machine of its own: sized by its type, unprivileged, with metadata and user data', async () => {
    expect(await inside('nproc')).toBe('1');
    expect(Number(await inside("free -m | awk '/^Mem:/ {print $2}'"))).toBeGreaterThan(900);
    expect(Number(await inside("free -m | awk '/^Mem:/ {print $2}'"))).toBeLessThanOrEqual(1024);
    expect(Number(await inside('df -BG --output=size / | tail -1 | tr -dc 0-9'))).toBeGreaterThanOrEqual(7);
    expect(await inside("sudo awk '{print $2; exit}' /proc/self/uid_map")).not.toBe('0');
    const token =
      'TOKEN=$(curl -s -X PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" http://169.254.169.254/latest/api/token)';
    expect(
      await inside(
        `${token}; curl -s -H "X-aws-ec2-metadata-token: $TOKEN" http://169.254.169.254/latest/meta-data/instance-id`,
      ),
    ).toBe(instanceId);
    expect(await inside('curl -s http://169.254.169.254/latest/dynamic/instance-identity/document')).toContain(
      '"region" : "us-east-1"',
    );
    expect(await eventually('user data', async () => (await inside('cat /user-data-ran')) || undefined)).toBe(
      'user data ran',
    );
    const privateName = await describeInstance('PrivateDnsName');
    expect(await inside(`getent -s hosts:dns hosts ${privateName} | cut -d' ' -f1`)).toBe(
      await describeInstance('PrivateIpAddress'),
    );
    // Some of the keys are made when the machine is up already.
    await eventually('the fingerprints of the host keys on the console', async () => {
      const console = await aws('ec2', 'get-console-output', '--instance-id', instanceId, '--output', 'text');
      return console.includes('SSH HOST KEY FINGERPRINTS') || undefined;
    });
  });

  it('installs Node and runs an application, which nobody reaches until its port is authorized', async () => {
    hostAddress = (await inside('echo $SSH_CONNECTION')).split(' ')[0] ?? '';
    await inside(
      'sudo apt-get update -q && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm',
    );
    await inside(
      `git clone http://${hostAddress}:${gitServer.port}/app.git && cd app && npm install --no-audit --no-fund`,
    );
    await inside('cd app && (setsid nohup node index.js > app.log 2>&1 < /dev/null &) && sleep 0.1');
    await eventually(
      'the page on the instance itself',
      async () => (await inside('curl -s http://localhost:3005/home')) || undefined,
    );
    expect(await pageOrSilence()).toBe('silence');
    await aws(
      'ec2',
      'authorize-security-group-ingress',
      '--group-id',
      groupId,
      '--protocol',
      'tcp',
      '--port',
      '3005',
      '--cidr',
      '0.0.0.0/0',
    );
    expect(await eventually('the page', page)).toContain('Hello from');
    await inside('pkill -f "^node index.js"');
    await eventually('silence', async () => ((await pageOrSilence()) === 'silence' ? true : undefined));
  });

  it('keeps the application running as a daemon of pm2, and balances over its workers', async () => {
    await inside('sudo npm install --global --no-audit --no-fund pm2');
    await inside('cd app && pm2 start index.js --name page');
    expect(await eventually('the page by pm2', page)).toContain('Hello from');
    await inside('pm2 stop page');
    await eventually('silence', async () => ((await pageOrSilence()) === 'silence' ? true : undefined));
    await inside('pm2 delete page && cd app && pm2 start index.js --name cluster -i 2');
    const workers = new Set<string>();
    await eventually('both workers', async () => {
      workers.add(/worker (\d+)/.exec((await page()) ?? '')?.[1] ?? '');
      workers.delete('');
      return workers.size === 2 ? true : undefined;
    });
  });

  it('goes on serving while the cloud is killed, and is adopted when it comes back', async () => {
    await cloud.kill('SIGKILL');
    expect(await page()).toContain('Hello from');
    await cloud.start();
    expect(await page()).toContain('Hello from');
    expect(await describeInstance('State.Name')).toBe('running');
    expect(await inside('uptime -p')).toContain('up');
  });

  it('keeps its files over a stop and a start', async () => {
    await inside('echo kept > kept.txt && sync');
    await aws('ec2', 'stop-instances', '--instance-ids', instanceId);
    await aws('ec2', 'wait', 'instance-stopped', '--instance-ids', instanceId);
    expect(await pageOrSilence()).toBe('silence');
    await aws('ec2', 'start-instances', '--instance-ids', instanceId);
    await aws('ec2', 'wait', 'instance-running', '--instance-ids', instanceId);
    address = await describeInstance('PublicIpAddress');
    expect(await eventually('ssh after the start', () => inside('cat kept.txt'))).toBe('kept');
  });

  it('stops when its guest powers itself off', async () => {
    await inside('sudo poweroff').catch(() => undefined); // the connection goes down with the machine
    await aws('ec2', 'wait', 'instance-stopped', '--instance-ids', instanceId);
    expect(await describeInstance('StateReason.Code')).toBe('Client.InstanceInitiatedShutdown');
  });

  it('is not seen from another account or another region', async () => {
    for (const other of [
      createAws({ ...cloud, account: '111111111111' }),
      createAws({ ...cloud, region: 'eu-west-1' }),
    ]) {
      expect(await other('ec2', 'describe-instances', '--query', 'Reservations', '--output', 'text')).toBe('');
      expect(await other('ec2', 'describe-key-pairs', '--query', 'KeyPairs', '--output', 'text')).toBe('');
      await expect(other('ec2', 'describe-instances', '--instance-ids', instanceId)).rejects.toThrow(
        'InvalidInstanceID.NotFound',
      );
    }
  });

  it('leaves nothing on the host when it is terminated', async () => {
    await aws('ec2', 'terminate-instances', '--instance-ids', instanceId);
    await aws('ec2', 'wait', 'instance-terminated', '--instance-ids', instanceId);
    const status = JSON.parse((await cloud.cli('status', '--json')).stdout) as { cloudId: string };
    await eventually('a clean host', async () => {
      const left = leftovers(status.cloudId, cloud.dataDirectory).filter(
        (line) => !/^process .*cloudlet\.js start/.test(line),
      );
      if (left.length > 0) throw new Error(left.join('\n'));
      return true;
    });
  });
});
