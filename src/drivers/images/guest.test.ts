// What the base images do at boot, on real machines: who they become, what they run, and what they do not run twice.

import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeReal } from '../describe-real.ts';
import type { MachineSpec } from '../hypervisor/hypervisor.ts';
import { type GuestWorld, guestFqdn, guestsReason, makeGuestWorld, testImages } from './guest.world.ts';

const buildPatienceMs = 600_000;
const bootPatienceMs = 90_000;

describeReal('a guest', await guestsReason(), () => {
  let world: GuestWorld;

  beforeAll(async () => {
    await testImages.ensureBuilt('debian-12');
    world = await makeGuestWorld();
    await world.startMetadata();
  }, buildPatienceMs);
  afterAll(() => world?.remove(), bootPatienceMs);

  const say = (id: string, more: Readonly<Record<string, string | Uint8Array>> = {}) =>
    world.metadata.say({
      'meta-data/instance-id': id,
      'meta-data/local-hostname': guestFqdn,
      'meta-data/local-ipv4': '172.31.0.10',
      'meta-data/instance-type': 't3.micro',
      'meta-data/placement/availability-zone': 'us-east-1a',
      'meta-data/placement/region': 'us-east-1',
      'meta-data/public-keys/0/openssh-key': world.publicKey,
      'dynamic/instance-identity/document': JSON.stringify({
        instanceId: id,
        region: 'us-east-1',
        availabilityZone: 'us-east-1a',
      }),
      ...more,
    });

  const boot = async (id: string, source: Parameters<GuestWorld['machine']>[1] = { image: 'debian-12' }) => {
    const machine = await world.machine(id, source);
    await world.start(machine);
    return machine;
  };
  const hostKeys = () => world.ssh('admin', 'cat /etc/ssh/ssh_host_*_key.pub');

  /** Runs `body` on a machine that is stopped afterwards, whatever happens: there is one address for all. */
  const on = async (machine: MachineSpec, body: () => Promise<void>) => {
    try {
      await body();
    } finally {
      await world.stop(machine);
    }
  };

  it(
    'takes its name and keys, runs a script once, and keeps everything over a stop and a start',
    async () => {
      const id = 'i-00000000000000001';
      say(id, { 'user-data': '#!/bin/sh\necho "hello as $(id -un)"; seq 500; date +%N >>/root/runs\n' });
      const machine = await boot(id);
      let keys = '';
      await on(machine, async () => {
        expect(await world.ssh('admin', 'cloud-init status --wait')).toContain('status: done');
        expect(await world.ssh('admin', 'hostname; hostname --fqdn; sudo id -un')).toBe(
          `ip-172-31-0-10\n${guestFqdn}\nroot\n`,
        );
        expect(await world.ssh('admin', 'cat /etc/resolv.conf')).toBe(
          'nameserver 169.254.169.253\nsearch ec2.internal\n',
        );
        expect(await world.ssh('admin', 'sudo cat /var/log/cloud-init-output.log')).toMatch(
          /^hello as root\n1\n[\d\n]*\n500\n.*user data ended with exit code 0/,
        );
        // Every unit of the image is content with a container.
        expect(await world.ssh('admin', 'systemctl is-system-running --wait; systemctl --failed --plain -q')).toBe(
          'running\n',
        );
        const console = await world.console(id, '-----END SSH HOST KEY KEYS-----');
        keys = await hostKeys();
        expect(keys.trim().split('\n')).toHaveLength(3);
        expect(console).toContain('hello as root');
        // Nothing is lost to the getty that takes the console over meanwhile.
        const counted = [...console.matchAll(/cloudlet-init\[\d+\]: (\d+)\r?$/gm)].map(([, number]) => Number(number));
        expect(counted).toEqual(Array.from({ length: 500 }, (_, n) => n + 1));
        const shown = /-----BEGIN SSH HOST KEY KEYS-----\r?\n([\s\S]*)-----END SSH HOST KEY KEYS-----/.exec(
          console,
        )?.[1];
        expect(shown?.replaceAll('\r', '')).toBe(keys);
        await world.ssh('admin', 'echo kept >mine');
      });
      await world.start(machine);
      await on(machine, async () => {
        expect(
          await world.ssh('admin', 'cloud-init status --wait >/dev/null; cat mine; sudo cat /root/runs | wc -l'),
        ).toBe('kept\n1\n');
        expect(await hostKeys()).toBe(keys);
      });
    },
    bootPatienceMs,
  );

  it(
    'lets in its default user with the key, and nobody with a password',
    async () => {
      say('i-00000000000000002');
      await on(await boot('i-00000000000000002'), async () => {
        await world.ssh('admin', 'true');
        // Saying so takes ten seconds, as on AWS.
        expect(await world.ssh('admin', 'sudo cat /root/.ssh/authorized_keys')).toMatch(
          /^no-port-forwarding,.*,command="echo 'Please login as the user \\"admin\\" rather than .*;exit 142" ssh-ed25519 /,
        );
        // A key that is made after sshd has started is used as well.
        await world.console('i-00000000000000002', '-----END SSH HOST KEY KEYS-----');
        await world.ssh('admin', 'true', ['-o', 'HostKeyAlgorithms=rsa-sha2-512']);
        const methods = await world.trySsh('admin', 'true', ['-v', '-o', 'PubkeyAuthentication=no']);
        expect(methods.code).toBe(255);
        expect(methods.stderr).toContain('Authentications that can continue: publickey\r\n');
      });
    },
    bootPatienceMs,
  );

  it(
    'starts as a new instance on a copy of another disk',
    async () => {
      const [first, second] = ['i-00000000000000003', 'i-00000000000000004'] as const;
      say(first, { 'user-data': '#!/bin/sh\necho first >>/root/ran\n' });
      const original = await boot(first);
      const identity = 'cat /etc/machine-id /etc/ssh/ssh_host_*_key.pub';
      let before = '';
      await on(original, async () => {
        await world.ssh('admin', 'cloud-init status --wait >/dev/null; echo kept >mine');
        await world.console(first, '-----END SSH HOST KEY KEYS-----');
        before = await world.ssh('admin', identity);
        // As people do before they make an image; no secret of the machine may get into the next because of it.
        await world.ssh('admin', 'sudo cloud-init clean');
      });
      say(second, {
        'user-data': '#!/bin/sh\necho second >>/root/ran\n',
        'meta-data/local-hostname': 'ip-172-31-0-11.ec2.internal',
      });
      await on(await boot(second, { copyOf: first }), async () => {
        const found = 'cloud-init status --wait >/dev/null; cat mine; sudo cat /root/ran; hostname';
        expect(await world.ssh('admin', found)).toBe('kept\nfirst\nsecond\nip-172-31-0-11\n');
        await world.console(second, '-----END SSH HOST KEY KEYS-----');
        const after = (await world.ssh('admin', identity)).split('\n');
        expect(before.split('\n').filter((line) => line !== '' && after.includes(line))).toEqual([]);
        // The journal follows the new machine id.
        expect(await world.ssh('admin', 'sudo journalctl -q -b -u ssh -o cat')).toContain('Server listening');
      });
    },
    bootPatienceMs,
  );

  it(
    'leaves everything but scripts to cloud-init',
    async () => {
      const id = 'i-00000000000000005';
      const config = [
        '## template: jinja',
        '#cloud-config',
        'write_files:',
        "- {path: /root/written, content: '{{ v1.instance_id }} {{ v1.region }} {{ v1.cloud_name }}'}",
        'users: [default, {name: bob}]',
        "bootcmd: ['echo boot >>/root/boots']",
        "runcmd: ['echo run >>/root/runs']",
      ].join('\n');
      say(id, { 'user-data': gzipSync(config) });
      const machine = await boot(id);
      await on(machine, async () => {
        const keys = await hostKeys();
        expect(await world.ssh('admin', 'cloud-init status --wait')).toContain('status: done');
        expect(await world.ssh('admin', 'sudo cat /root/written; echo; sudo cat /root/runs; id -un bob')).toBe(
          `${id} us-east-1 aws\nrun\nbob\n`,
        );
        expect(await world.ssh('admin', 'systemctl --failed --plain -q; cat .ssh/authorized_keys')).toBe(
          `${world.publicKey}\n`,
        );
        expect((await hostKeys()).startsWith(keys.slice(0, 100))).toBe(true);
      });
      await world.start(machine);
      await on(machine, async () => {
        // As on AWS: boot commands at every boot, the others at the first.
        await world.ssh('admin', 'cloud-init status --wait');
        expect(await world.ssh('admin', 'sudo cat /root/boots /root/runs')).toBe('boot\nboot\nrun\n');
      });
    },
    bootPatienceMs,
  );

  it(
    'reports user data that failed, and does not wait for what it left running',
    async () => {
      say('i-00000000000000006', { 'user-data': '#!/bin/sh\nsleep 1000 &\nexit 3\n' });
      await on(await boot('i-00000000000000006'), async () => {
        await world.ssh('admin', 'true');
        const status = await world.trySsh('admin', 'cloud-init status --wait --long');
        expect(status).toMatchObject({ code: 1, stdout: expect.stringContaining('user data ended with exit code 3') });
        expect(await world.ssh('admin', "systemctl is-system-running; pgrep -xf 'sleep 1000' | wc -l")).toBe(
          'running\n1\n',
        );
      });
    },
    bootPatienceMs,
  );
});

describeReal('a guest whose metadata service is late', await guestsReason(), () => {
  let world: GuestWorld;
  beforeAll(async () => {
    await testImages.ensureBuilt('debian-12');
    world = await makeGuestWorld();
  }, buildPatienceMs);
  afterAll(() => world?.remove(), bootPatienceMs);

  it(
    'lets nobody in before it knows who may come',
    async () => {
      const id = 'i-00000000000000007';
      const machine = await world.machine(id, { image: 'debian-12' });
      await world.start(machine);
      await world.console(id, 'Login Prompts');
      expect((await world.trySsh('admin', 'true')).code).toBe(255);
      world.metadata.say({
        'meta-data/instance-id': id,
        'meta-data/local-hostname': guestFqdn,
        'meta-data/public-keys/0/openssh-key': world.publicKey,
      });
      await world.startMetadata();
      expect(await world.ssh('admin', 'hostname')).toBe('ip-172-31-0-10\n');
      await world.stop(machine);
    },
    bootPatienceMs,
  );
});
