// Renders a build as one shell script, so that a single tree of processes does all of it: it holds the lock, and lives
// in mount and process namespaces of its own. When cloudlet or the machine dies, all of the tree and every mount it
// made is gone with it, the lock is free, and no half-built file has the name of an image.

import { createHash } from 'node:crypto';
import type { BuildPlan } from './recipes.ts';

/** Twelve hexadecimal digits that change with anything that changes what comes out of a build. */
export function buildKeyOf(plan: BuildPlan): string {
  const paths = { directory: '', imageName: '' };
  // Where the vendor's keys come from makes no difference.
  const script = formatBuildScript({ ...plan, keyringSources: undefined }, paths);
  return createHash('sha256').update(script).update(formatGuestFiles(plan)).digest('hex').slice(0, 12);
}

/** The command that runs `script`, one at a time per `lockPath`, and dies with the calling process. */
export function lockedBuildArgv(lockPath: string, script: string): string[] {
  return [
    ...['setpriv', '--pdeathsig', 'KILL'],
    ...['flock', '--exclusive', '--no-fork', lockPath],
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
    ...['sh', '-c', script],
  ];
}

export interface BuildPaths {
  readonly directory: string;
  /** The finished image's name in the directory: `debian-12-0123456789ab.ext4`. */
  readonly imageName: string;
}

/** Needs `formatGuestFiles`'s output on its standard input. */
export function formatBuildScript(plan: BuildPlan, paths: BuildPaths): string {
  const { recipe } = plan;
  const building = `${recipe.name}.building`;
  return `
set -eu
umask 022
cd ${quote(paths.directory)}
# Whatever builds that were cut off have left: the lock says that none is running.
rm -rf ${quote(building)} ${quote(`${building}.ext4`)}
[ ! -e ${quote(paths.imageName)} ] || exit 0
mkdir ${quote(building)}
trap 'umount ${building} 2>/dev/null || true; rm -rf ${building} ${building}.ext4' EXIT
# dpkg syncs a lot, which costs nothing in memory.
if [ "$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)" -ge ${memoryForBuildMiB} ]; then
  mount -t tmpfs -o mode=755,size=${memoryForBuildMiB}m cloudlet-build ${quote(building)}
fi
work=$PWD/${quote(building)}
# The hooks, which mmdebstrap runs, know it from their environment.
export files="$work/files"
mkdir "$files"
( cd "$files" && sh )
${plan.keyringSources === undefined ? '' : formatKeyringCommand(plan, plan.keyringSources)}
${formatBootstrapCommand(plan)} </dev/null
echo '${stepMarker}writing the file system'
truncate --size ${recipe.sizeGiB}G ${quote(`${building}.ext4`)}
# Inode tables are left as holes, and marked as zeroed, so that no kernel writes them later.
mke2fs -q -t ext4 -m 0 -J size=32 -L cloudlet-root -E lazy_itable_init=0,lazy_journal_init=1 \\
  -d "$work/root" ${quote(`${building}.ext4`)}
echo '${stepMarker}syncing'
sync ${quote(`${building}.ext4`)}
mv ${quote(`${building}.ext4`)} ${quote(paths.imageName)}
sync .
for old in ${quote(recipe.name)}-*.ext4; do
  [ "$old" = ${quote(paths.imageName)} ] || rm -f "$old"
done
`;
}

/** What precedes the name of a step that the script announces itself. */
export const stepMarker = 'cloudlet: ';

/** A root file system, the packages it came from, and the index of the archive, with room to spare. */
const memoryForBuildMiB = 2560;

/** A script that writes the guest's own files below the current directory. */
export function formatGuestFiles(plan: BuildPlan): string {
  const files = [...plan.files, { path: 'run/cloudlet-customize', text: plan.customize, executable: true }];
  return files.map(formatFile).join('');
}

function formatFile(file: BuildPlan['files'][number]): string {
  const end = 'END-OF-GUEST-FILE';
  if (file.text.includes(end)) throw new Error(`${file.path} contains ${end}`);
  const text = file.text.endsWith('\n') ? file.text : `${file.text}\n`;
  const path = quote(file.path);
  return [
    `mkdir -p "$(dirname ${path})"`,
    `cat >${path} <<'${end}'\n${text}${end}`,
    `chmod ${file.executable ? '755' : '644'} ${path}\n`,
  ].join('\n');
}

function formatKeyringCommand(plan: BuildPlan, sources: readonly string[]): string {
  const { foreignKeyring } = plan.recipe;
  const { component, package: name } = foreignKeyring;
  const options = ['--mode=root', '--variant=extract', `--components=${component}`, `--include=${name}`];
  const command = ['mmdebstrap', ...options, foreignKeyring.suite, '"$work/keyring"', ...sources.map(quote)].join(' ');
  return `${command} </dev/null >"$work/keyring.log" 2>&1 || { cat "$work/keyring.log" >&2; exit 1; }`;
}

function formatBootstrapCommand(plan: BuildPlan): string {
  const { recipe } = plan;
  const customize = ['chroot "$1" /run/cloudlet-customize', recipe.defaultUser, recipe.gecos];
  return [
    'mmdebstrap --verbose --mode=root --variant=minbase',
    ...(recipe.mergesUsr ? [`$([ ! -d ${mergedUsrHooks} ] || echo --hook-dir=${mergedUsrHooks})`] : []),
    `--include=${recipe.packages.join(',')}`,
    ...(plan.keyringSources === undefined ? [] : ['--keyring="$work/keyring/usr/share/keyrings"']),
    `--aptopt='Acquire::Languages "none"'`,
    // dpkg's options count from the first package on; the other files could stand in a package's way.
    `--extract-hook='cp "$files/etc/dpkg/dpkg.cfg.d/90-cloudlet" "$1/etc/dpkg/dpkg.cfg.d/"'`,
    `--customize-hook='cp -r --no-preserve=ownership "$files/." "$1"'`,
    `--customize-hook=${quote([...customize, quote(recipe.components.join(' '))].join(' '))}`,
    `--customize-hook='rm "$1/run/cloudlet-customize"'`,
    recipe.suite,
    '"$work/root"',
    ...plan.sources.map(quote),
  ].join(' \\\n  ');
}

/** Merges /usr from the start; otherwise usrmerge converts the file system after the fact, which takes seconds. */
const mergedUsrHooks = '/usr/share/mmdebstrap/hooks/maybe-merged-usr';

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
