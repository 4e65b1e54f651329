// Base images that are built on this host with mmdebstrap, from the mirrors that the host itself installs from.
// An image's file name carries the key of its recipe, so an image of another version is never mistaken for this one.

import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';
import type { Capability } from '../capability.ts';
import { CommandError, commandPath, run } from '../run.ts';
import { findMirrors, formatSources, type Mirrors, parseMirrorSetting } from './apt-sources.ts';
import { advanceBuild, progressOf, startOfBuild } from './build-progress.ts';
import { buildKeyOf, formatBuildScript, formatGuestFiles, lockedBuildArgv } from './build-script.ts';
import { readCustomizeScript, readGuestFiles, readHostAuthorities } from './guest-files.ts';
import { readHost } from './host-sources.ts';
import type { ImageBuildProgress, Images } from './images.ts';
import { type BuildPlan, baseImages, type Recipe, requireRecipe, type Vendor } from './recipes.ts';

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
    bases: baseImages,
    isBuilt: async (name) => existsSync(imagePath(await planBuild(requireRecipe(name), options), options.directory)),
    ensureBuilt,
  };
}

async function buildUnlessBuilt(recipe: Recipe, options: BuiltImagesOptions, report: ProgressListener) {
  const plan = await planBuild(recipe, options);
  const path = imagePath(plan, options.directory);
  if (!existsSync(path)) await build(plan, options, report);
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
    keyringSources: existsSync(recipe.keyring) ? undefined : foreignSources.slice(0, 1),
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
  if (process.geteuid?.() !== 0) {
    return { name, available: false, reason: 'building an image needs root', remedy: 'run cloudlet as root' };
  }
  const missing = Object.keys(neededCommands).filter((command) => commandPath(command) === undefined);
  if (missing.length === 0) return { name, available: true };
  const packages = [...new Set(missing.map((command) => neededCommands[command]))].join(' ');
  return {
    name,
    available: false,
    reason: `not installed: ${missing.join(', ')}`,
    remedy: `sudo apt-get install ${packages}`,
  };
}

function imageName(plan: BuildPlan): string {
  return `${plan.recipe.name}-${buildKeyOf(plan)}.ext4`;
}

function imagePath(plan: BuildPlan, directory: string): string {
  return join(directory, imageName(plan));
}
