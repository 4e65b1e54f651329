// What `cloudlet doctor` looks at: programs, the kernel's abilities, room on the disk, and then the drivers' own trials,
// which have the last word.

import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { resolveConfig } from '../config.ts';
import { commandPath } from '../drivers/run.ts';
import { systemClock } from '../kernel/clock.ts';
import { silentLog } from '../kernel/log.ts';
import { probeHost } from '../open-drivers.ts';
import type { DoctorFlags } from './flags.ts';
import { hasAptGet, hostPrograms, installCommand, isRoot, missingPrograms } from './host-packages.ts';
import { colors } from './output.ts';

export interface Check {
  readonly name: string;
  /** What it is for. */
  readonly for: string;
  /** Whether there are no instances without it. */
  readonly needed: boolean;
  readonly found: boolean;
  /** Where it was found, or why it was not. */
  readonly detail?: string;
  readonly remedy?: string;
}

const neededFreeGiB = 4;
const triedOut = 'tried out';

export async function examineHost(flags: DoctorFlags): Promise<readonly Check[]> {
  const config = resolveConfig({ dataDir: flags.dataDir });
  const capabilities = await probeHost({ config, cloudId: 'doctor', clock: systemClock, log: silentLog });
  return [
    checkRoot(),
    ...hostPrograms.map(checkProgram),
    checkDevice('/dev/loop-control', 'makes volumes block devices', true, 'sudo modprobe loop'),
    checkDevice('/dev/fuse', 'lxcfs needs it', false, 'sudo modprobe fuse'),
    checkRoom(config.dataDirectory),
    ...capabilities.map(
      ({ name, available, reason, remedy }): Check => ({
        name,
        for: triedOut,
        needed: true,
        found: available,
        ...(reason !== undefined && { detail: reason }),
        ...(remedy !== undefined && { remedy }),
      }),
    ),
  ];
}

function checkRoot(): Check {
  return {
    name: 'root',
    for: 'makes namespaces, mounts and block devices',
    needed: true,
    found: isRoot(),
    ...(!isRoot() && { remedy: 'sudo cloudlet start' }),
  };
}

function checkProgram({ program, purpose, isNeeded, debianPackage }: (typeof hostPrograms)[number]): Check {
  const path = commandPath(program);
  const remedy = hasAptGet() ? `sudo apt-get install ${debianPackage}` : `install ${debianPackage}`;
  return {
    name: program,
    for: purpose,
    needed: isNeeded,
    found: path !== undefined,
    ...(path === undefined ? { remedy } : { detail: path }),
  };
}

function checkDevice(path: string, purpose: string, needed: boolean, remedy: string): Check {
  const found = existsSync(path);
  return { name: path, for: purpose, needed, found, ...(!found && { remedy }) };
}

function checkRoom(dataDirectory: string): Check {
  let directory = dataDirectory;
  while (!existsSync(directory)) directory = dirname(directory);
  const { bavail, bsize } = statfsSync(directory);
  const freeGiB = Math.floor((bavail * bsize) / 2 ** 30);
  return {
    name: 'free space',
    for: `base images and volumes in ${dataDirectory}`,
    needed: true,
    found: freeGiB >= neededFreeGiB && isWritable(directory),
    detail: isWritable(directory) ? `${freeGiB} GiB` : 'not writable',
    ...(freeGiB < neededFreeGiB && { remedy: `free ${neededFreeGiB} GiB, or choose another place with --data-dir` }),
  };
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

export function formatChecks(checks: readonly Check[], ready: boolean): string {
  const missing = missingPrograms();
  const all = missing.length > 1 && hasAptGet() ? [`All at once:  ${colors.bold(installCommand(missing))}`, ''] : [];
  const verdict = ready
    ? colors.green('This host can run instances.')
    : colors.red('This host cannot run instances yet. Everything that needs none works.');
  const trials = checks.filter((check) => check.for === triedOut);
  const rest = checks.filter((check) => check.for !== triedOut);
  return ['', ...rest.map(lineOf(rest)), '', 'Tried out:', ...trials.map(lineOf(trials)), '', ...all, verdict].join(
    '\n',
  );
}

const lineOf =
  (group: readonly Check[]) =>
  (check: Check): string => {
    const width = Math.max(...group.map(({ name }) => name.length));
    const mark = check.found ? colors.green('✓') : check.needed ? colors.red('✗') : colors.yellow('–');
    const purpose = check.for === triedOut ? '' : `  ${check.for}`;
    const detail = check.detail === undefined ? '' : colors.dim(`  ${check.detail}`);
    const remedy = check.remedy === undefined ? '' : `\n    ${' '.repeat(width)}  → ${colors.bold(check.remedy)}`;
    const about = `${purpose}${detail}${remedy}`;
    return `  ${mark} ${about === '' ? check.name : check.name.padEnd(width)}${about}`;
  };
