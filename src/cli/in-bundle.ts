// What tools/build.mjs gives modules in the bundle in place of what they ask about themselves. The bundle is CommonJS, so
// `import.meta.url` is told here; and packages that look for their machine code beside themselves are told where npm put
// them, over those who depend on them. Node would find them too, but takes milliseconds over what they export.

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

export const bundleUrl = pathToFileURL(__filename).href;

/** The folder of the last of these packages; each is a dependency of the one before. */
export function homeOf(packages: readonly string[]): string {
  return packages.reduce(findPackage, __dirname);
}

export const homeUrlOf = (packages: readonly string[]): string =>
  pathToFileURL(join(homeOf(packages), 'index.js')).href;

function findPackage(from: string, name: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const home = join(folder, 'node_modules', name);
    if (existsSync(home)) return realpathSync.native(home);
    if (folder === dirname(folder)) throw new Error(`npm did not install ${name}, which ${from} needs`);
  }
}
