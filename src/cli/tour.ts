// The first journey, narrated. It is an ordinary customer: the public API, the real ssh, and a page fetched over the
// instance's public address. What it makes is noted as it is made, and taken away in reverse.

import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { resolveRegion } from '../config.ts';
import { CommandError, commandPath, run } from '../drivers/run.ts';
import type { Instance } from '../generated/ec2.types.ts';
import { systemClock } from '../kernel/clock.ts';
import { createApi } from './api.ts';
import { CliError } from './exit-codes.ts';
import { type FoundCloud, requireCloud } from './find-cloud.ts';
import type { TourFlags } from './flags.ts';
import { callJson } from './http-call.ts';
import { sshArgs, sshDirectory } from './log-in.ts';
import { createNarrator, type Narrator } from './narrator.ts';
import { asTyped, colors, formatBar, formatDuration, note, printJson } from './output.ts';

const user = 'admin';
const port = 3005;
const application = `const http = require('node:http');
http.createServer((request, response) => response.end('Hello from ' + require('node:os').hostname() + '\\n')).listen(${port});
`;

type Ec2 = ReturnType<typeof createApi<'ec2'>>;

interface Tour {
  readonly cloud: FoundCloud;
  readonly ec2: Ec2;
  readonly narrator: Narrator;
  readonly keyName: string;
  readonly keyPath: string;
  readonly sshDirectory: string;
  /** How to take away what was made, oldest first. */
  readonly undo: (() => Promise<unknown>)[];
}

export async function giveTour(flags: TourFlags): Promise<void> {
  const cloud = await requireCloud(flags);
  await requireMachines(cloud);
  const directory = sshDirectory(flags);
  const keyName = `tour-${process.pid}`;
  const tour: Tour = {
    cloud,
    ec2: createApi('ec2', { address: cloud.address, region: resolveRegion() }),
    narrator: createNarrator({ silent: flags.json === true }),
    keyName,
    keyPath: join(directory, `${keyName}.pem`),
    sshDirectory: directory,
    undo: [],
  };
  const interrupted = new Promise<never>((_resolve, reject) => {
    process.once('SIGINT', () => reject(new CliError('interrupted')));
  });
  const startedMs = systemClock.monotonicMs();
  let isComplete = false;
  try {
    await Promise.race([travel(tour), interrupted]);
    isComplete = true;
  } finally {
    if (!(flags.keep && isComplete)) await takeAway(tour);
  }
  const totalMs = systemClock.monotonicMs() - startedMs;
  if (flags.json) return printJson({ steps: tour.narrator.steps, totalMs: Math.round(totalMs) });
  tour.narrator.say(`\n${colors.bold('That was the tour')}, in ${formatDuration(totalMs)}.${keepHint(flags, tour)}`);
}

const keepHint = ({ keep }: TourFlags, { keyPath }: Tour): string =>
  keep ? `\nThe instance is still there: cloudlet ssh tour   (its key is ${keyPath})` : ' Nothing of it is left.';

async function requireMachines(cloud: FoundCloud): Promise<void> {
  if (commandPath('ssh') === undefined) throw new CliError('the tour needs ssh: sudo apt-get install openssh-client');
  const { hypervisor } = await callJson(cloud, { path: '/_cloudlet/capabilities' });
  if (hypervisor === 'lxc') return;
  throw new CliError(
    `the tour needs instances that really run, and here they are ${hypervisor === 'simulated' ? 'simulated' : 'off'}: see '${asTyped('doctor')}'`,
  );
}

async function travel(tour: Tour): Promise<void> {
  const { narrator } = tour;
  narrator.say('From nothing to a web page on an instance of your own. Everything below really happens.');
  await makeKeyPair(tour);
  const groupId = await makeSecurityGroup(tour);
  const instanceId = await launch(tour, groupId);
  const instance = await logInFirst(tour, instanceId);
  await installNode(tour, instance);
  await servePage(tour, instance, groupId);
  await serveWithPm2(tour, instance);
  await stopAndStart(tour, instanceId);
}

async function makeKeyPair({ narrator, ec2, keyName, keyPath, undo }: Tour): Promise<void> {
  await narrator.step(
    'A key pair, to log in with',
    `aws ec2 create-key-pair --key-name ${keyName} --query KeyMaterial --output text > ${keyName}.pem`,
    async () => {
      const { KeyMaterial = '' } = await ec2.CreateKeyPair({ KeyName: keyName, KeyType: 'ed25519' });
      undo.push(() => ec2.DeleteKeyPair({ KeyName: keyName }));
      writeFileSync(keyPath, `${KeyMaterial.trimEnd()}\n`, { mode: 0o600 });
      chmodSync(keyPath, 0o400);
      undo.push(async () => rmSync(keyPath, { force: true }));
    },
    () => keyPath,
  );
}

async function makeSecurityGroup({ narrator, ec2, keyName, undo }: Tour): Promise<string> {
  return narrator.step(
    'A security group that lets SSH in, and nothing else',
    `aws ec2 authorize-security-group-ingress --group-name ${keyName} --protocol tcp --port 22 --cidr 0.0.0.0/0`,
    async () => {
      const { GroupId = '' } = await ec2.CreateSecurityGroup({ GroupName: keyName, Description: 'The tour' });
      undo.push(() => ec2.DeleteSecurityGroup({ GroupId }));
      await authorize(ec2, GroupId, 22);
      return GroupId;
    },
    (groupId) => groupId,
  );
}

async function launch({ cloud, narrator, ec2, keyName, undo }: Tour, groupId: string): Promise<string> {
  const imageId = await findDebian(ec2);
  return narrator.step(
    'An instance: Debian 12 on a t2.micro',
    `aws ec2 run-instances --image-id ${imageId} --instance-type t2.micro --key-name ${keyName} --security-group-ids ${groupId}`,
    async (tell) => {
      const { Instances = [] } = await ec2.RunInstances({
        ...{ ImageId: imageId, InstanceType: 't2.micro', MinCount: 1, MaxCount: 1 },
        ...{ KeyName: keyName, SecurityGroupIds: [groupId] },
        TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'tour' }] }],
      });
      const instanceId = Instances[0]?.InstanceId ?? '';
      undo.push(async () => {
        await ec2.TerminateInstances({ InstanceIds: [instanceId] });
        await untilState(ec2, instanceId, 'terminated');
      });
      await untilState(ec2, instanceId, 'running', async () => tell(await describeBuilds(cloud)));
      return instanceId;
    },
    (instanceId) => `${instanceId} is running`,
  );
}

/** What the launch is waiting for, when that is its base image. */
async function describeBuilds(cloud: FoundCloud): Promise<string> {
  const { images } = (await callJson(cloud, { path: '/_cloudlet/capabilities' })) as {
    images?: readonly { name: string; building?: { step: string; percent: number } }[];
  };
  const builds = (images ?? []).flatMap(({ name, building }) =>
    building ? [`building ${name}, once: ${formatBar(building.percent / 100)}  ${building.step}`] : [],
  );
  return builds.join('   ');
}

async function logInFirst(tour: Tour, instanceId: string): Promise<Instance> {
  const instance = await untilState(tour.ec2, instanceId, 'running');
  await tour.narrator.step(
    'Logging in',
    `ssh -i ${tour.keyName}.pem ${user}@${instance.PublicIpAddress}`,
    () =>
      eventually(() =>
        inside(tour, instance, "uname -sr; nproc; free -h | awk '/^Mem/ {print $2}'; df -h / | awk 'END {print $2}'"),
      ),
    (output) => {
      const [kernel, processors, memory, disk] = output.split('\n');
      return `${kernel}, ${processors} vCPU, ${memory} of memory, ${disk} of disk`;
    },
  );
  return instance;
}

async function installNode(tour: Tour, instance: Instance): Promise<void> {
  const command =
    'sudo apt-get update -q && sudo DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nodejs npm';
  await tour.narrator.step(
    'Node, from the distribution: the instance reaches the internet',
    'sudo apt-get update && sudo apt-get install -y nodejs npm',
    async () => {
      await inside(tour, instance, command);
      return inside(tour, instance, 'node --version');
    },
    (version) => `Node ${version}`,
  );
}

async function servePage(tour: Tour, instance: Instance, groupId: string): Promise<void> {
  const { narrator, ec2 } = tour;
  const url = urlOf(instance);
  await narrator.step(
    'A web application, started by hand',
    'node index.js &',
    async () => {
      const encoded = Buffer.from(application).toString('base64');
      await inside(tour, instance, `mkdir -p app && echo ${encoded} | base64 -d > app/index.js`);
      await inside(tour, instance, 'cd app && (setsid nohup node index.js > app.log 2>&1 < /dev/null &) && sleep 0.1');
      await eventually(() => inside(tour, instance, `curl -fsS http://localhost:${port}/`));
    },
    () => `it answers on the instance itself`,
  );
  await narrator.step(
    'Nobody reaches it: the security group lets only SSH in',
    `curl --max-time 2 ${url}`,
    async () => {
      const answer = await fetchPage(url, 2_000);
      if (answer !== undefined) throw new CliError(`the security group should have kept this out: ${answer}`);
    },
    () => 'no answer, as it should be',
  );
  await narrator.step(
    `Opening port ${port}`,
    `aws ec2 authorize-security-group-ingress --group-id ${groupId} --protocol tcp --port ${port} --cidr 0.0.0.0/0`,
    async () => {
      await authorize(ec2, groupId, port);
      return eventually(() => requirePage(url));
    },
    (page) => `${url} says: ${page}`,
  );
}

async function serveWithPm2(tour: Tour, instance: Instance): Promise<void> {
  const url = urlOf(instance);
  await inside(tour, instance, 'pkill -f "^node index.js"');
  const isInstalled = await tour.narrator.step(
    'pm2, so that the application outlives the login',
    'sudo npm install --global pm2',
    () =>
      inside(tour, instance, 'sudo npm install --global --no-audit --no-fund pm2').then(
        () => true,
        (error: unknown) => {
          if (error instanceof CommandError) return false;
          throw error;
        },
      ),
    (installed) =>
      installed
        ? 'installed'
        : 'it cannot be installed: the instance does not reach the npm registry; going on without',
  );
  if (!isInstalled) return;
  await tour.narrator.step(
    'Started as a daemon, and the SSH session closed',
    'pm2 start index.js',
    async () => {
      await inside(tour, instance, 'cd app && pm2 start index.js --name page');
      return eventually(() => requirePage(url));
    },
    (page) => `the page is still there: ${page}`,
  );
}

async function stopAndStart(tour: Tour, instanceId: string): Promise<void> {
  const { narrator, ec2 } = tour;
  await narrator.step(
    'Stopping it',
    `aws ec2 stop-instances --instance-ids ${instanceId}`,
    async () => {
      await ec2.StopInstances({ InstanceIds: [instanceId] });
      await untilState(ec2, instanceId, 'stopped');
    },
    () => 'stopped',
  );
  await narrator.step(
    'Starting it again: its files are still there',
    `aws ec2 start-instances --instance-ids ${instanceId}`,
    async () => {
      await ec2.StartInstances({ InstanceIds: [instanceId] });
      const instance = await untilState(ec2, instanceId, 'running');
      return (await eventually(() => inside(tour, instance, 'ls app'))).replaceAll('\n', ', ');
    },
    (files) => files,
  );
}

async function takeAway({ undo, narrator }: Tour): Promise<void> {
  if (undo.length === 0) return;
  await narrator.step('Taking everything away', 'aws ec2 terminate-instances …', async () => {
    for (const step of undo.reverse()) {
      // One that fails must not keep the others from being taken away.
      await step().catch((error: unknown) => note(`   could not take something away: ${String(error)}`));
    }
  });
}

async function findDebian(ec2: Ec2): Promise<string> {
  const { Images = [] } = await ec2.DescribeImages({ Filters: [{ Name: 'name', Values: ['debian-12*'] }] });
  const imageId = Images[0]?.ImageId;
  if (imageId === undefined) throw new CliError('this cloud has no image named debian-12…');
  return imageId;
}

async function authorize(ec2: Ec2, GroupId: string, FromPort: number): Promise<void> {
  await ec2.AuthorizeSecurityGroupIngress({
    GroupId,
    IpPermissions: [{ IpProtocol: 'tcp', FromPort, ToPort: FromPort, IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
  });
}

/** An image may have to be built first; anything else takes seconds. */
async function untilState(
  ec2: Ec2,
  instanceId: string,
  state: string,
  meanwhile: () => Promise<void> = async () => undefined,
): Promise<Instance> {
  return eventually(async () => {
    const { Reservations = [] } = await ec2.DescribeInstances({ InstanceIds: [instanceId] });
    const instance = Reservations[0]?.Instances?.[0];
    if (instance?.State?.Name === state) return instance;
    await meanwhile();
    throw new CliError(`${instanceId} is still ${instance?.State?.Name}, not ${state}`);
  }, 600_000);
}

async function inside(
  { keyPath, sshDirectory: directory }: Tour,
  instance: Instance,
  command: string,
): Promise<string> {
  const target = { instanceId: instance.InstanceId ?? '', address: instance.PublicIpAddress ?? '', user, keyPath };
  const args = sshArgs(target, directory);
  const { stdout } = await run(['ssh', '-o', 'BatchMode=yes', ...args, command], { timeoutMs: 600_000 });
  return stdout.trim();
}

const urlOf = ({ PublicIpAddress }: Instance): string => `http://${PublicIpAddress}:${port}/`;

async function requirePage(url: string): Promise<string> {
  const page = await fetchPage(url, 5_000);
  if (page === undefined) throw new CliError(`${url} does not answer`);
  return page;
}

/** Undefined when nobody answers in time. */
function fetchPage(url: string, timeoutMs: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const outgoing = request(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => resolve(text.trim())).on('error', () => resolve(undefined));
    });
    outgoing.on('error', () => resolve(undefined)).end();
  });
}

async function eventually<T>(look: () => Promise<T>, patienceMs = 180_000): Promise<T> {
  const deadlineMs = systemClock.monotonicMs() + patienceMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (systemClock.monotonicMs() > deadlineMs) throw error;
    }
    await systemClock.sleep(50);
  }
}
