// The command line as people and scripts use it: the built bundle, real processes, no machines.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAws } from '../../tests/end-to-end/aws-cli.ts';
import { execute, freePort } from '../../tests/end-to-end/cloud-process.ts';
import { isInstalled } from '../../tests/end-to-end/host.ts';
import { projectFolder } from '../../tests/source-tree.ts';
import { createApi } from './api.ts';
import { callJson } from './http-call.ts';

const bundle = join(projectFolder, 'dist/cloudlet.js');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Started {
  readonly process: ChildProcess;
  readonly output: () => string;
  readonly ended: Promise<number>;
}

let folder: string;
let environment: Record<string, string>;
const running: ChildProcess[] = [];

beforeAll(() => execute('node', [join(projectFolder, 'tools/build.mjs'), '--if-stale']));

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cloudlet-cli-'));
  // A home of its own, so that neither the user's cloud nor the user's settings are met.
  environment = { PATH: process.env['PATH'] ?? '', HOME: folder, CLOUDLET_INIT_DIR: join(folder, 'init') };
});

afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(folder, { recursive: true, force: true });
});

async function cloudlet(...argv: readonly string[]): Promise<Ended> {
  try {
    return { code: 0, ...(await execute(process.execPath, [bundle, ...argv], { env: environment })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

/** Starts a cloud in the foreground, and resolves at `Ready.`. */
async function start(name: string, port: number, ...flags: readonly string[]): Promise<Started> {
  const argv = ['start', '--data-dir', join(folder, name), '--port', String(port), '--hypervisor', 'none', ...flags];
  const child = spawn(process.execPath, [bundle, ...argv], { env: environment, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  let output = '';
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? -1)));
  const ready = new Promise<void>((resolve) => {
    const read = (chunk: Buffer) => {
      output += chunk.toString();
      if (/^Ready\.$/m.test(output)) resolve();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  await Promise.race([
    ready,
    ended.then((code) => {
      throw new Error(`it ended with ${code} before it was ready:\n${output}`);
    }),
  ]);
  return { process: child, output: () => output, ended };
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

const addressOf = (port: number) => `http://127.0.0.1:${port}`;
const ec2 = (port: number) => createApi('ec2', { address: addressOf(port), region: 'us-east-1' });
const keyNames = async (port: number) =>
  ((await ec2(port).DescribeKeyPairs({})).KeyPairs ?? []).map(({ KeyName }) => KeyName);

describe('a cloud', () => {
  it('starts, says where it is, answers, and stops', async () => {
    const port = await freePort();
    const data = ['--data-dir', join(folder, 'cloud')];
    const cloud = await start('cloud', port);
    expect(cloud.output()).toContain(`http://localhost:${port}`);

    const status = await cloudlet('status', '--json', ...data);
    expect(JSON.parse(status.stdout)).toMatchObject({
      running: true,
      endpoint: `http://localhost:${port}`,
      pid: cloud.process.pid,
      hypervisor: 'none',
      cloudId: expect.stringMatching(/^[0-9a-f]{8}$/),
      failing: [],
    });
    expect((await cloudlet('status', ...data)).stdout).toContain(`http://localhost:${port}`);

    const stopped = await cloudlet('stop', ...data);
    expect(stopped).toMatchObject({ code: 0, stdout: expect.stringContaining('Stopped') });
    expect(await cloud.ended).toBe(0);
    expect(existsSync(join(folder, 'cloud/cloudlet.lock'))).toBe(false);
    expect(await cloudlet('status', ...data)).toMatchObject({ code: 3, stderr: expect.stringContaining('no cloud') });
    expect(await cloudlet('stop', ...data)).toMatchObject({ code: 3 });
    expect(await cloudlet('stop', '--all', '--json', ...data)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"stoppedInstances": []'),
    });
  });

  it('is what `eval $(cloudlet env)` points a shell at, and its AWS tools', async () => {
    const port = await freePort();
    await start('cloud', port);
    const data = `--data-dir ${join(folder, 'cloud')}`;
    environment['AWS_PROFILE'] = 'work';
    const script = `eval $('${process.execPath}' '${bundle}' env ${data}); echo $AWS_ENDPOINT_URL $AWS_ACCESS_KEY_ID $AWS_DEFAULT_REGION [$AWS_PROFILE]`;
    const { stdout } = await execute('sh', ['-c', script], { env: environment });
    expect(stdout.trim()).toBe(`http://localhost:${port} test us-east-1 []`);
    expect(JSON.parse((await cloudlet('env', '--json', ...data.split(' '))).stdout)).toMatchObject({
      AWS_ENDPOINT_URL: `http://localhost:${port}`,
    });
  });

  it.skipIf(!isInstalled('aws'))('tells the AWS CLI who is calling', async () => {
    const port = await freePort();
    await start('cloud', port);
    const aws = createAws({ endpoint: addressOf(port) });
    expect(await aws('sts', 'get-caller-identity', '--query', 'Account', '--output', 'text')).toBe('000000000000');
  });

  it('keeps what it acknowledged over a kill -9, and takes its stale lock over', async () => {
    const port = await freePort();
    const cloud = await start('cloud', port);
    await ec2(port).CreateKeyPair({ KeyName: 'kept', KeyType: 'ed25519' });
    cloud.process.kill('SIGKILL');
    await cloud.ended;
    expect(existsSync(join(folder, 'cloud/cloudlet.lock'))).toBe(true);
    expect((await cloudlet('status', '--data-dir', join(folder, 'cloud'))).code).toBe(3);
    await start('cloud', port);
    expect(await keyNames(port)).toEqual(['kept']);
  });

  it('runs beside another one, which sees nothing of it', async () => {
    const [onePort, otherPort] = [await freePort(), await freePort()];
    await Promise.all([start('one', onePort), start('other', otherPort)]);
    await ec2(onePort).CreateKeyPair({ KeyName: 'of one', KeyType: 'ed25519' });
    expect(await keyNames(onePort)).toEqual(['of one']);
    expect(await keyNames(otherPort)).toEqual([]);
    await cloudlet('stop', '--data-dir', join(folder, 'other'));
    expect(await keyNames(onePort)).toEqual(['of one']);
  });

  it('lets no second one on its data or on its port', async () => {
    const [port, otherPort] = [await freePort(), await freePort()];
    await start('one', port);
    const sameData = await cloudlet('start', '--data-dir', join(folder, 'one'), '--port', String(otherPort));
    expect(sameData).toMatchObject({ code: 4, stderr: expect.stringContaining('another cloud is running on') });
    const flags = ['--data-dir', join(folder, 'two'), '--port', String(port), '--hypervisor', 'none'];
    const samePort = await cloudlet('start', ...flags);
    expect(samePort).toMatchObject({ code: 4, stderr: expect.stringContaining(`port ${port} of 127.0.0.1 is in use`) });
    expect(existsSync(join(folder, 'two/cloudlet.lock'))).toBe(false);
  });

  it('says which address it cannot have', async () => {
    const flags = ['--data-dir', join(folder, 'cloud'), '--hypervisor', 'none', '--host', '192.0.2.1'];
    expect(await cloudlet('start', ...flags)).toMatchObject({
      code: 1,
      stderr: 'cloudlet: this host has no address 192.0.2.1. Choose one that it has with --host.\n',
    });
  });

  it('says where it can keep nothing', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const tries: [string, string][] = [
      [file, 'it is no directory'],
      [join(file, 'inside'), 'it is no directory'],
      ['/proc/nowhere', 'no such file or directory'],
    ];
    for (const [directory, reason] of tries)
      expect(await cloudlet('start', '--data-dir', directory, '--hypervisor', 'none')).toMatchObject({
        code: 1,
        stderr: `cloudlet: nothing can be kept in ${directory}: ${reason}. Choose another with --data-dir.\n`,
      });
    expect(await cloudlet('status', '--data-dir', file)).toMatchObject({ code: 3 });
    const images = ['--image-dir', '/proc/nowhere', '--hypervisor', 'none'];
    expect(await cloudlet('start', '--data-dir', join(folder, 'cloud'), ...images)).toMatchObject({
      code: 1,
      stderr:
        'cloudlet: nothing can be kept in /proc/nowhere: no such file or directory. Choose another with --image-dir.\n',
    });
  });

  it('does not read messages that another release kept', async () => {
    const journal = join(folder, 'messages', 'journal-0');
    mkdirSync(join(folder, 'messages'));
    writeFileSync(journal, 'in words of its own');
    const port = String(await freePort());
    expect(await cloudlet('start', '--data-dir', folder, '--port', port, '--hypervisor', 'none')).toMatchObject({
      code: 1,
      stderr: `cloudlet: ${journal} is in a format of another release. Move it away to start without what it has.\n`,
    });
    expect(readFileSync(journal, 'utf8')).toBe('in words of its own');
  });

  it('goes to the background, with its log in a file', async () => {
    const port = await freePort();
    const data = ['--data-dir', join(folder, 'cloud')];
    const flags = [...data, '--port', String(port), '--hypervisor', 'none'];
    const started = await cloudlet('start', '--detach', ...flags);
    expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining(`http://localhost:${port}`) });
    try {
      await ec2(port).DescribeRegions({});
      await expect.poll(async () => (await cloudlet('logs', ...data)).stdout).toContain('ec2.DescribeRegions');
      expect((await cloudlet('logs', '-n', '1', ...data)).stdout.trim().split('\n')).toHaveLength(1);
      // Why a start in the background failed is seen in the foreground.
      const again = await cloudlet(
        'start',
        '-d',
        '--data-dir',
        join(folder, 'other'),
        '--port',
        String(port),
        '--hypervisor',
        'none',
      );
      expect(again).toMatchObject({ code: 4, stderr: expect.stringContaining('is in use') });
    } finally {
      expect((await cloudlet('stop', ...data)).code).toBe(0);
    }
  });

  it('answers what has come in, and then leaves, on SIGTERM', async () => {
    const port = await freePort();
    const cloud = await start('cloud', port);
    const scope = 'Credential=test/20261121/us-east-1/s3/aws4_request, SignedHeaders=host;x-amz-date';
    const headers = {
      authorization: `AWS4-HMAC-SHA256 ${scope}, Signature=${'0'.repeat(64)}`,
      'x-amz-date': '20261121T090000Z',
    };
    expect((await fetch(`${addressOf(port)}/bucket`, { method: 'PUT', headers })).status).toBe(200);
    // An upload is under way from when the cloud asks for the body until that is sent.
    const upload = request(`${addressOf(port)}/bucket/key`, {
      method: 'PUT',
      headers: { ...headers, 'content-length': 5, expect: '100-continue' },
    });
    const answered = once(upload, 'response');
    upload.flushHeaders();
    await once(upload, 'continue');
    cloud.process.kill('SIGTERM');
    await expect.poll(() => isListening(port), { interval: 10 }).toBe(false);
    upload.end('whole');
    expect((await answered)[0]).toMatchObject({ statusCode: 200 });
    expect(await cloud.ended).toBe(0);
    await start('cloud', port);
    expect(await (await fetch(`${addressOf(port)}/bucket/key`, { headers })).text()).toBe('whole');
  });

  it('forgets everything when it is reset, but not unasked', async () => {
    const port = await freePort();
    const data = ['--data-dir', join(folder, 'cloud')];
    await start('cloud', port);
    await ec2(port).CreateKeyPair({ KeyName: 'mine', KeyType: 'ed25519' });
    expect(await cloudlet('reset', ...data)).toMatchObject({ code: 2, stderr: expect.stringContaining('--yes') });
    expect(await keyNames(port)).toEqual(['mine']);
    expect(await cloudlet('reset', '--yes', ...data)).toMatchObject({ code: 0 });
    expect(await keyNames(port)).toEqual([]);
    expect(await cloudlet('logs', ...data)).toMatchObject({ code: 1, stderr: expect.stringContaining('terminal') });
  });
});

describe('init hooks', () => {
  const put = (name: string, text: string) => {
    mkdirSync(join(folder, 'init', name, '..'), { recursive: true });
    writeFileSync(join(folder, 'init', name), text);
    chmodSync(join(folder, 'init', name), 0o755);
  };

  it('run at their stages, against the cloud, before it is ready and while it stops', async () => {
    const port = await freePort();
    const out = join(folder, 'out');
    put('boot.d/a.sh', `#!/bin/sh\necho boot >> ${out}\n`);
    put('start.d/a.sh', `#!/bin/sh\necho start >> ${out}\n`);
    put(
      'ready.d/a.py',
      `import os, urllib.request
text = urllib.request.urlopen(os.environ['AWS_ENDPOINT_URL'] + '/_localstack/init/ready').read().decode()
open('${out}', 'a').write('ready ' + text)
`,
    );
    put('ready.d/b.sh', '#!/bin/sh\nexit 1\n');
    put('shutdown.d/a.sh', `#!/bin/sh\necho shutdown $AWS_ACCESS_KEY_ID >> ${out}\n`);
    const cloud = await start('cloud', port);
    const said = readFileSync(out, 'utf8').split('\n');
    expect(said.slice(0, 2)).toEqual(['boot', 'start']);
    expect(said[2]).toMatch(
      /^ready \{"completed": false, "scripts": \[\{"stage": "READY", "name": "a.py", "state": "RUNNING"\}/,
    );
    const { scripts } = await callJson({ address: addressOf(port) }, { path: '/_localstack/init/ready' });
    expect(scripts).toEqual([
      { stage: 'READY', name: 'a.py', state: 'SUCCESSFUL' },
      { stage: 'READY', name: 'b.sh', state: 'ERROR' },
    ]);
    cloud.process.kill('SIGTERM');
    expect(await cloud.ended).toBe(0);
    expect(readFileSync(out, 'utf8').trim().split('\n').at(-1)).toBe('shutdown test');
  });
});

describe('the command line', () => {
  it('has help with examples for every command', async () => {
    const { code, stdout } = await cloudlet('--help');
    expect(code).toBe(0);
    const commands = [...stdout.matchAll(/^ {2}(\w+) (?:\[|<)/gm)].map(([, name]) => name as string);
    expect(commands).toEqual(
      expect.arrayContaining(['start', 'stop', 'status', 'doctor', 'env', 'ssh', 'logs', 'reset', 'tour']),
    );
    for (const command of commands.filter((name) => name !== 'help')) {
      const help = await cloudlet(command, '--help');
      expect(help.code, command).toBe(0);
      expect(help.stdout, command).toContain('Examples:');
      expect(help.stdout, command).toContain('Exit codes:');
    }
  });

  it('says what it does not understand, with exit code 2', async () => {
    expect(await cloudlet('strat')).toMatchObject({ code: 2, stderr: expect.stringContaining('start') });
    expect(await cloudlet('start', '--prot', '1')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('--port'),
    });
    expect(await cloudlet('start', '--port', 'x')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("not 'x'"),
    });
    expect(await cloudlet('start', '--hypervisor', 'kvm')).toMatchObject({ code: 2 });
    expect(await cloudlet('ssh')).toMatchObject({ code: 2 });
  });

  it('says when there is no cloud to talk to', async () => {
    for (const argv of [['status'], ['reset', '--yes'], ['ssh', 'web-1'], ['tour']]) {
      const data = ['--data-dir', join(folder, 'none')];
      expect(await cloudlet(...argv, ...data), argv[0]).toMatchObject({
        code: 3,
        stderr: expect.stringContaining('Start one with'),
      });
    }
    expect(existsSync(join(folder, 'none'))).toBe(false);
  });

  it('examines the host, and is ready only when nothing needed is missing', async () => {
    const { code, stdout } = await cloudlet('doctor', '--json');
    const { ready, checks } = JSON.parse(stdout) as { ready: boolean; checks: { needed: boolean; found: boolean }[] };
    expect(ready).toBe(checks.every(({ needed, found }) => found || !needed));
    expect(code).toBe(ready ? 0 : 1);
    const text = await cloudlet('doctor');
    expect(text.stdout).toContain('lxc-start');
    expect(existsSync(join(folder, '.cloudlet'))).toBe(false);
  });

  it('tells why there is nobody to log in to', async () => {
    const port = await freePort();
    const data = ['--data-dir', join(folder, 'cloud')];
    await start('cloud', port);
    expect(await cloudlet('ssh', 'web-1', ...data)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no instance named web-1'),
    });
    expect(await cloudlet('ssh', 'i-0123456789abcdef0', ...data)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('i-0123456789abcdef0'),
    });
    expect(await cloudlet('tour', ...data)).toMatchObject({ code: 1, stderr: expect.stringContaining('really run') });
  });
});
