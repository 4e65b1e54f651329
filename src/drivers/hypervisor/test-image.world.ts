// A small real Debian or Ubuntu of the host's own release, for tests: systemd, an SSH server, little else. Built once
// from the mirror that the host installs from (15 s), and kept below the temporary directory.

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandPath, run } from '../run.ts';

const packages = ['systemd-sysv', 'dbus', 'iproute2', 'openssh-server', 'procps'];
/** Raised with every change of the recipe. */
const recipe = 1;
const buildTimeoutMs = 15 * 60_000;
/** For whoever may have to wait for an image to be built. */
export const imagePatienceMs = buildTimeoutMs + 60_000;

/** Why no image can be built here; undefined when one can. */
export function testImageReason(): string | undefined {
  const missing = ['mmdebstrap', 'apt-get', 'mkfs.ext4'].filter((command) => commandPath(command) === undefined);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** The path of an 8 GiB sparse ext4 image; builds it when it is not there. */
export async function ensureTestImage(): Promise<string> {
  const directory = join(tmpdir(), `cloudlet-test-image-${recipe}`);
  const path = join(directory, 'root.img');
  await mkdir(directory, { recursive: true, mode: 0o700 });
  if ((await stat(directory)).uid !== 0) throw new Error(`${directory} belongs to somebody else`);
  if (existsSync(path)) return path;
  const work = await mkdtemp(join(directory, 'building-'));
  try {
    const unfinishedPath = join(work, 'root.img');
    await build(join(work, 'root'), unfinishedPath);
    await rename(unfinishedPath, path);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return path;
}

async function build(root: string, imagePath: string): Promise<void> {
  const codename = /^VERSION_CODENAME=(.*)$/m.exec(await readFile('/etc/os-release', 'utf8'))?.[1] ?? '';
  const mirror = await hostMirror(codename);
  const options = ['--variant=minbase', '--mode=root', `--include=${packages.join(',')}`, '--format=directory'];
  await run(['mmdebstrap', ...options, codename, root, `deb ${mirror} ${codename} main`], {
    timeoutMs: buildTimeoutMs,
  });
  // mmdebstrap leaves the host's name, which systemd would prefer to the machine's.
  await rm(join(root, 'etc/hostname'), { force: true });
  await writeFile(imagePath, '');
  await truncate(imagePath, 8 * 2 ** 30);
  await run(['mkfs.ext4', '-q', '-F', '-d', root, imagePath]);
}

async function hostMirror(codename: string): Promise<string> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)';
  const { stdout } = await run(['apt-get', 'indextargets', '--format', format, 'Created-By: Packages']);
  for (const line of stdout.split('\n')) {
    const [uri, release, component] = line.split(' ');
    if (uri !== undefined && release === codename && component === 'main') return uri;
  }
  throw new Error(`apt has no mirror of ${codename} configured`);
}
