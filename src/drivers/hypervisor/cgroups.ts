// Control groups of machines, on cgroup v1 (a mount per controller), v2 (one tree) and hosts that have both. A group's
// name carries the machine's id, so the groups say which machines there are, also those that nobody remembers.

import { type Dirent, existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';

export interface CgroupHierarchy {
  readonly path: string;
  readonly version: 1 | 2;
  /** `memory`, `cpu`, `name=systemd`, … */
  readonly controllers: readonly string[];
}

/** LXC puts the guest into one group, its monitor into another, and the monitor into a third while it cleans up. */
export const cgroupRoles = ['guest', 'monitor', 'pivot'] as const;
export type CgroupRole = (typeof cgroupRoles)[number];

const mountFlags = /^(rw|ro|relatime|noatime|nosuid|nodev|noexec|xattr|clone_children|release_agent=.*)$/;

/** The hierarchies in `/proc/self/mounts`; each once, where it was mounted first. */
export function parseCgroupMounts(mounts: string, unifiedControllers: readonly string[]): readonly CgroupHierarchy[] {
  const byControllers = new Map<string, CgroupHierarchy>();
  for (const line of mounts.split('\n')) {
    const [, path = '', type, options = ''] = line.split(' ');
    if (type !== 'cgroup' && type !== 'cgroup2') continue;
    const version = type === 'cgroup' ? 1 : 2;
    const controllers =
      version === 2 ? unifiedControllers : options.split(',').filter((each) => !mountFlags.test(each));
    const key = version === 2 ? 'unified' : controllers.join(',');
    if (!byControllers.has(key)) byControllers.set(key, { path, version, controllers });
  }
  return [...byControllers.values()];
}

export function readCgroupHierarchies(): readonly CgroupHierarchy[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8');
  const unified = parseCgroupMounts(mounts, []).find(({ version }) => version === 2);
  const controllers = unified ? readFileSync(join(unified.path, 'cgroup.controllers'), 'utf8').trim().split(/\s+/) : [];
  return parseCgroupMounts(mounts, controllers);
}

export interface MachineCgroups {
  /** The name, below the root of every hierarchy, of one of a machine's groups. */
  nameOf(id: string, role: CgroupRole): string;
  /** The ids of all machines of this cloud that have a group, whoever made it. */
  listIds(): readonly string[];
  /** The processes in one of a machine's groups and the groups below it. Empty when there is no such group. */
  processIds(id: string, role: CgroupRole): readonly number[];
  /** Removes the machine's groups, deepest first. The kernel refuses (EBUSY) while a process is left in one. */
  remove(id: string): void;
}

export function createMachineCgroups(cloudId: string, hierarchies: readonly CgroupHierarchy[]): MachineCgroups {
  const prefix = `cloudlet-${cloudId}-`;
  const pattern = new RegExp(`^${prefix}([^.]+)\\.(?:${cgroupRoles.join('|')})$`);
  const nameOf = (id: string, role: CgroupRole) => `${prefix}${id}.${role}`;
  return {
    nameOf,
    listIds() {
      const ids = new Set<string>();
      for (const { path } of hierarchies) {
        for (const { name } of listDirectory(path)) {
          const id = pattern.exec(name)?.[1];
          if (id !== undefined) ids.add(id);
        }
      }
      return [...ids];
    },
    processIds(id, role) {
      const group = hierarchies.map(({ path }) => join(path, nameOf(id, role))).find((path) => existsSync(path));
      return group === undefined ? [] : processesBelow(group);
    },
    remove(id) {
      for (const { path } of hierarchies) {
        for (const role of cgroupRoles) removeTree(join(path, nameOf(id, role)));
      }
    },
  };
}

function processesBelow(group: string): readonly number[] {
  const own = readOrEmpty(join(group, 'cgroup.procs')).split('\n').filter(Boolean).map(Number);
  return listDirectory(group).reduce<number[]>((all, { name }) => all.concat(processesBelow(join(group, name))), own);
}

function removeTree(group: string): void {
  for (const { name } of listDirectory(group)) removeTree(join(group, name));
  try {
    rmdirSync(group);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/** The groups directly below a group. */
function listDirectory(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // EOPNOTSUPP: a threaded group of v2 lists threads only; its processes are listed by the group above it.
    if (isGone(error) || (error as NodeJS.ErrnoException).code === 'EOPNOTSUPP') return '';
    throw error;
  }
}

function isGone(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENODEV';
}
