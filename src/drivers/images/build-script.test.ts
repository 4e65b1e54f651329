// The script with a stand-in for mmdebstrap: what it leaves behind when it ends, fails, or is killed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeReal } from '../describe-real.ts';
import { commandPath, run } from '../run.ts';
import { buildKeyOf, formatBuildScript, formatGuestFiles, lockedBuildArgv } from './build-script.ts';
import { type BuildPlan, requireRecipe } from './recipes.ts';

const pollOptions = { interval: 20 };

const plan: BuildPlan = {
  recipe: requireRecipe('debian-12'),
  sources: ['deb http://mirror.example/debian bookworm main'],
  keyringSources: undefined,
  files: [{ path: 'etc/greeting', text: "it's $HOME\n", executable: false }],
  customize: '#!/bin/sh\n',
};

describe('the key of a build', () => {
  const changed = (change: Partial<BuildPlan>) => buildKeyOf({ ...plan, ...change }) !== buildKeyOf(plan);

  it('changes with what goes into the image', () => {
    expect(changed({})).toBe(false);
    expect(changed({ sources: [] })).toBe(true);
    expect(changed({ customize: '#!/bin/sh\ntrue\n' })).toBe(true);
    expect(changed({ files: [] })).toBe(true);
    expect(changed({ recipe: { ...plan.recipe, packages: ['curl'] } })).toBe(true);
  });

  it('does not change with where the keys come from', () => {
    expect(changed({ keyringSources: ['deb http://mirror.example/debian trixie main'] })).toBe(false);
  });
});

const missing = ['setpriv', 'flock', 'unshare', 'mke2fs', 'e2fsck'].filter((name) => commandPath(name) === undefined);
const isRoot = process.geteuid?.() === 0;
const reason = !isRoot ? 'needs root' : missing.length > 0 ? `not installed: ${missing.join(', ')}` : undefined;

describeReal('the build script', reason, () => {
  let directory: string;
  beforeEach(async () => {
    // Paths with spaces and quotes are paths.
    directory = join(await mkdtemp(join(tmpdir(), 'cloudlet-test-build-')), "it's a directory");
    await mkdir(directory);
  });
  afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

  const imageName = 'debian-12-000000000000.ext4';

  /** A stand-in that makes a root directory out of the guest's files, as the hooks would, or what `body` says. */
  const build = async (body = 'mkdir "$root" && cp -r "$files/." "$root"') => {
    const bin = join(directory, '..', 'bin');
    await mkdir(bin, { recursive: true });
    const findRoot = 'for root; do case "$root" in */debian-12.building/root) break ;; esac; done';
    await writeFile(join(bin, 'mmdebstrap'), `#!/bin/sh\n${findRoot}\n${body}\n`);
    await chmod(join(bin, 'mmdebstrap'), 0o755);
    const script = `PATH=${bin}:$PATH\n${formatBuildScript(plan, { directory, imageName })}`;
    return lockedBuildArgv(join(directory, 'debian-12.lock'), script);
  };
  const listing = async () => (await readdir(directory)).sort();

  it('leaves an image, and nothing else', async () => {
    await run(await build(), { stdin: formatGuestFiles(plan) });
    expect(await listing()).toEqual([imageName, 'debian-12.lock']);
    const path = join(directory, imageName);
    expect((await stat(path)).size).toBe(8 * 2 ** 30);
    expect((await stat(path)).blocks * 512).toBeLessThan(8 * 2 ** 20);
    await run(['e2fsck', '-fn', path]);
    expect((await run(['debugfs', '-R', 'cat /etc/greeting', path])).stdout).toBe("it's $HOME\n");
    // Or kernels would write all of the inode tables, into every copy.
    const groups = (await run(['dumpe2fs', path])).stdout.split('\n').filter((line) => /^Group \d+:/.test(line));
    expect(groups.length).toBeGreaterThan(60);
    expect(groups.filter((line) => !line.includes('ITABLE_ZEROED'))).toEqual([]);
  });

  it('sweeps what other builds have left, and images of other recipes', async () => {
    await mkdir(join(directory, 'debian-12.building/root'), { recursive: true });
    for (const name of ['debian-12.building.ext4', 'debian-12-111111111111.ext4', 'ubuntu-24.04-111111111111.ext4']) {
      await writeFile(join(directory, name), '');
    }
    await run(await build(), { stdin: formatGuestFiles(plan) });
    expect(await listing()).toEqual([imageName, 'debian-12.lock', 'ubuntu-24.04-111111111111.ext4']);
  });

  it('builds once when two start at once', async () => {
    const count = join(directory, '..', 'count');
    const argv = await build(`echo >>${JSON.stringify(count)}; sleep 0.2; mkdir "$root"`);
    await Promise.all([run(argv, { stdin: formatGuestFiles(plan) }), run(argv, { stdin: formatGuestFiles(plan) })]);
    expect(await readFile(count, 'utf8')).toBe('\n');
  });

  it('leaves nothing when it fails', async () => {
    const failing = await build('mkdir "$root"; echo "no mirror" >&2; exit 25');
    await expect(run(failing, { stdin: formatGuestFiles(plan) })).rejects.toMatchObject({ code: 25 });
    expect(await listing()).toEqual(['debian-12.lock']);
  });

  it('is gone with everything it started when its starter is killed', async () => {
    const started = join(directory, '..', 'started');
    const argv = await build(`sleep 1000 & echo >${JSON.stringify(started)}; wait`);
    const start = `require('child_process').spawn(...JSON.parse(process.argv[1]), { stdio: ['ignore', 'inherit', 'inherit'] })`;
    const [command, ...args] = argv;
    const starter = spawn(process.execPath, ['-e', start, JSON.stringify([command, args])], { stdio: 'inherit' });
    await expect.poll(() => existsSync(started), pollOptions).toBe(true);
    starter.kill('SIGKILL');
    await once(starter, 'exit');
    const isFree = async () =>
      (await run(['flock', '--nonblock', join(directory, 'debian-12.lock'), 'true'], { okCodes: [0, 1] })).code === 0;
    // Every process of the build holds the lock.
    await expect.poll(isFree, pollOptions).toBe(true);
    expect(await listing()).not.toContain(imageName);
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(directory);
    await run(await build(), { stdin: formatGuestFiles(plan) });
    expect(await listing()).toEqual([imageName, 'debian-12.lock']);
  });
});
