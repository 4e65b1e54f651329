// Base images that are built on this host with mmdebstrap, from the mirrors that the host itself installs from.
// An image's file name carries the key of its recipe, so an image of another version is never mistaken for this one.

import { access, constants, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Capability } from '../capability.ts';
import { CommandError, run } from '../run.ts';
import {
  type AptSource,
  findMirrors,
  formatSources,
  type Mirrors,
  mirrorListPathOf,
  parseDeb822Sources,
  parseMirrorList,
  parseMirrorSetting,
  parseOneLineSources,
} from './apt-sources.ts';
import { advanceBuild, progressOf, startOfBuild } from './build-progress.ts';
import { formatBuildScript, formatGuestFiles, lockedBuildArgv } from './build-script.ts';
import { readCustomizeScript, readGuestFiles, readHostAuthorities } from './guest-files.ts';
import type { ImageBuildProgress, Images } from './images.ts';
import { type BuildPlan, buildKeyOf, type Recipe, recipes, type Vendor } from './recipes.ts';

export interface BuiltImagesOptions {
  /** Where images are kept. Several processes may share it. */
  readonly directory: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Mirrors that replace the host's: the archive's URL, optionally followed by the security archive's. */
  readonly mirrors?: Partial<Record<Vendor, string>>;
}

type ProgressListener = (progress: ImageBuildProgress) => void;

interface RunningBuild {
  readonly path: Promise<string>;
  readonly listeners: Set<ProgressListener>;
}

const buildTimeoutMs = 45 * 60_000;

export function createBuiltImages(options: BuiltImagesOptions): Images {
  const builds = new Map<string, RunningBuild>();

  const ensureBuilt = async (name: string, onProgress?: ProgressListener): Promise<string> => {
    const recipe = requireRecipe(name);
    let build = builds.get(name);
    if (build === undefined) {
      const listeners = new Set<ProgressListener>();
      const report = (progress: ImageBuildProgress) => listeners.forEach((listener) => void listener(progress));
      build = { path: buildUnlessBuilt(recipe, options, report).finally(() => builds.delete(name)), listeners };
      builds.set(name, build);
    }
    if (onProgress !== undefined) build.listeners.add(onProgress);
    return build.path;
  };

  return {
    probe,
    bases: recipes.map(({ name, defaultUser, sizeGiB }) => ({ name, defaultUser, sizeGiB })),
    isBuilt: async (name) => exists(imagePath(await planBuild(requireRecipe(name), options), options.directory)),
    ensureBuilt,
  };
}

async function buildUnlessBuilt(recipe: Recipe, options: BuiltImagesOptions, report: ProgressListener) {
  const plan = await planBuild(recipe, options);
  const path = imagePath(plan, options.directory);
  if (!(await exists(path))) await build(plan, options, report);
  return path;
}

async function build(plan: BuildPlan, options: BuiltImagesOptions, report: ProgressListener): Promise<void> {
  const { directory, clock } = options;
  const { name } = plan.recipe;
  const log = options.log.with({ image: name });
  const startedAtMs = clock.monotonicMs();
  log.info('building a base image', { sources: plan.sources, directory });
  await mkdir(directory, { recursive: true });
  const script = formatBuildScript(plan, { directory, imageName: imageName(plan) });
  try {
    await run(lockedBuildArgv(join(directory, `${name}.lock`), script), {
      stdin: formatGuestFiles(plan),
      timeoutMs: buildTimeoutMs,
      onOutput: reportLines(name, report),
    });
  } catch (error) {
    throw error instanceof CommandError ? await explain(error, join(directory, `${name}.build.log`), name) : error;
  }
  log.info('built a base image', { seconds: Math.round((clock.monotonicMs() - startedAtMs) / 1000) });
  report({ name, step: 'done', fraction: 1 });
}

function reportLines(name: string, report: ProgressListener): (chunk: string) => void {
  let state = startOfBuild;
  let unfinishedLine = '';
  report(progressOf(name, state));
  return (chunk) => {
    const lines = (unfinishedLine + chunk).split('\n');
    unfinishedLine = lines.pop() ?? '';
    const next = lines.reduce(advanceBuild, state);
    if (next === state) return;
    state = next;
    report(progressOf(name, state));
  };
}

/** The command line of a build is a screenful; its output is what matters. */
async function explain(error: CommandError, logPath: string, name: string): Promise<Error> {
  await writeFile(logPath, `${error.stdout}\n${error.stderr}`);
  const outcome = error.timedOut ? 'took too long' : 'failed';
  const lines = error.stderr.trim().split('\n').slice(-6).join('\n');
  return new Error(`building the image ${name} ${outcome} (everything it printed is in ${logPath}): ${lines}`, {
    cause: error.code,
  });
}

// ---- planning -------------------------------------------------------------------------------------------------------

async function planBuild(recipe: Recipe, options: BuiltImagesOptions): Promise<BuildPlan> {
  const host = await readHost();
  const mirrorsOf = (vendor: Vendor): Mirrors | undefined => {
    const setting = options.mirrors?.[vendor];
    if (setting !== undefined) return parseMirrorSetting(setting, vendor);
    return host.vendor === vendor ? findMirrors(host.sources, vendor, host.codename) : undefined;
  };
  const own = mirrorsOf(recipe.vendor);
  const { foreignKeyring } = recipe;
  const foreign = mirrorsOf(recipe.vendor === 'debian' ? 'ubuntu' : 'debian');
  const foreignSources =
    foreign === undefined ? [] : formatSources(foreign, foreignKeyring.suite, foreignKeyring.component);
  const { files, customize } = await readGuest();
  return {
    recipe,
    sources: own === undefined ? [] : formatSources(own, recipe.suite),
    keyringSources: (await exists(recipe.keyring)) ? undefined : foreignSources.slice(0, 1),
    files,
    customize,
  };
}

async function readGuest() {
  const [files, authorities, customize] = await Promise.all([
    readGuestFiles(),
    readHostAuthorities(),
    readCustomizeScript(),
  ]);
  return { files: [...files, ...authorities], customize };
}

interface Host {
  readonly vendor: Vendor | undefined;
  readonly codename: string;
  readonly sources: readonly AptSource[];
}

async function readHost(): Promise<Host> {
  const release = await readIfThere('/etc/os-release');
  const field = (name: string) => new RegExp(`^${name}="?([^"\n]*)"?$`, 'm').exec(release)?.[1] ?? '';
  const id = field('ID');
  const sources = await readHostSources();
  return {
    vendor: id === 'debian' || id === 'ubuntu' ? id : undefined,
    codename: field('VERSION_CODENAME'),
    sources: await Promise.all(sources.map(withMirrorLists)),
  };
}

async function readHostSources(): Promise<AptSource[]> {
  const parts = '/etc/apt/sources.list.d';
  const names = (await exists(parts)) ? (await readdir(parts)).sort() : [];
  const found = [parseOneLineSources(await readIfThere('/etc/apt/sources.list'))];
  for (const name of names) {
    const text = await readIfThere(join(parts, name));
    if (name.endsWith('.list')) found.push(parseOneLineSources(text));
    if (name.endsWith('.sources')) found.push(parseDeb822Sources(text));
  }
  return found.flat();
}

async function withMirrorLists(source: AptSource): Promise<AptSource> {
  const uris = await Promise.all(
    source.uris.map(async (uri) => {
      const listPath = mirrorListPathOf(uri);
      return listPath === undefined ? [uri] : parseMirrorList(await readIfThere(listPath));
    }),
  );
  return { ...source, uris: uris.flat() };
}

// ---- the host -------------------------------------------------------------------------------------------------------

/** Command → the Debian package that has it. All but the first are on every Debian and Ubuntu. */
const neededCommands: Readonly<Record<string, string>> = {
  mmdebstrap: 'mmdebstrap',
  mke2fs: 'e2fsprogs',
  flock: 'util-linux',
  setpriv: 'util-linux',
  unshare: 'util-linux',
};

async function probe(): Promise<Capability> {
  const name = 'Base images';
  if (process.getuid?.() !== 0) {
    return { name, available: false, reason: 'building an image needs root', remedy: 'run cloudlet as root' };
  }
  const checks = Object.keys(neededCommands).map((command) => `command -v ${command} >/dev/null || echo ${command}`);
  const missing = (await run(['sh', '-c', checks.join('\n')], { okCodes: [0, 1] })).stdout.split('\n').filter(Boolean);
  if (missing.length === 0) return { name, available: true };
  const packages = [...new Set(missing.map((command) => neededCommands[command]))].join(' ');
  const verb = missing.length === 1 ? 'is' : 'are';
  return {
    name,
    available: false,
    reason: `${missing.join(', ')} ${verb} not installed`,
    remedy: `sudo apt-get install ${packages}`,
  };
}

function requireRecipe(name: string): Recipe {
  const recipe = recipes.find((candidate) => candidate.name === name);
  if (recipe === undefined) throw new RangeError(`there is no base image ${name}`);
  return recipe;
}

function imageName(plan: BuildPlan): string {
  return `${plan.recipe.name}-${buildKeyOf(plan)}.ext4`;
}

function imagePath(plan: BuildPlan, directory: string): string {
  return join(directory, imageName(plan));
}

function exists(path: string): Promise<boolean> {
  return access(path, constants.F_OK).then(
    () => true,
    () => false,
  );
}

async function readIfThere(path: string): Promise<string> {
  return (await exists(path)) ? readFile(path, 'utf8') : '';
}
