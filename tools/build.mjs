// Bundles src/ into dist/ in well under a second. Runs as `prepare`, so it must need nothing but Node and esbuild's own
// API, which works when npm was told to run no install scripts.
//
//   node tools/build.mjs             builds
//   node tools/build.mjs --if-stale  builds unless dist/ is newer than every source

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const project = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const output = join(project, 'dist');
const stampPath = join(output, '.built');

/**
 * What is loaded on first use stays where npm put it. All else is bundled: finding hundreds of files at a start takes
 * longer than reading one.
 */
const unbundled = ['koffi', '@peculiar/x509', 'reflect-metadata', 'ion-js', 'hash-wasm'];

/**
 * Of these, what is machine code stays where npm put it, and they look for it beside themselves. So they are told where
 * that would be: the way from the bundle over those who depend on them.
 */
const homes = {
  lmdb: ['lmdb'],
  msgpackr: ['lmdb', 'msgpackr'],
  'msgpackr-extract': ['lmdb', 'msgpackr', 'msgpackr-extract'],
};
const fitLmdb = {
  name: 'fit-lmdb',
  setup({ onLoad, onResolve, resolve }) {
    // Code that this one evaluates knows its variables by name, which esbuild keeps in CommonJS only.
    onResolve({ filter: /^ordered-binary$/, namespace: 'file' }, ({ path, kind, resolveDir }) =>
      kind === 'require-call' ? undefined : resolve(path, { kind: 'require-call', resolveDir }),
    );
    onLoad({ filter: /[\\/]node_modules[\\/](lmdb|msgpackr|msgpackr-extract)[\\/][^\\/]+\.js$/ }, async ({ path }) => {
      const way = JSON.stringify(homes[basename(dirname(path))]);
      const text = await readFile(path, 'utf8');
      return {
        contents: text.replaceAll('import.meta.url', `homeUrlOf(${way})`).replaceAll('__dirname', `homeOf(${way})`),
      };
    });
  },
};

/** CommonJS: only of scripts Node takes what V8 compiled before. As strict as the modules that it is made of. */
const asCommonJs = {
  format: 'cjs',
  platform: 'node',
  target: 'node20.19',
  banner: '"use strict";',
  // Names in stack traces, and small enough.
  minifySyntax: true,
  minifyWhitespace: true,
  keepNames: false,
};
/** Files that are read at run time, and where the bundle looks for them. */
const copies = [
  { from: 'src/generated', to: 'generated', takes: (path) => /\.json(\.br)?$/.test(path) },
  { from: 'src/drivers/images/guest', to: 'images/guest', takes: () => true },
];

/** Somebody may just be starting an earlier build, so its parts are left for a while. */
const keepOldPartsMs = 24 * 3600_000;

export async function build() {
  const esbuild = await import('esbuild');
  const result = await esbuild.build({
    absWorkingDir: project,
    ...asCommonJs,
    entryPoints: { main: 'src/cli/main.ts' },
    outdir: 'dist',
    entryNames: '[name]-[hash]',
    bundle: true,
    external: unbundled,
    plugins: [fitLmdb],
    metafile: true,
    banner: { js: asCommonJs.banner },
    supported: { 'dynamic-import': false },
    inject: [join(project, 'src/cli/in-bundle.ts')],
    define: { 'import.meta.url': 'bundleUrl' },
    sourcemap: 'linked',
    write: false,
    logLevel: 'warning',
  });
  const bundleName = result.outputFiles.map(({ path }) => basename(path)).find((name) => name.endsWith('.js'));
  const first = await esbuild.transform(await readFile(join(project, 'src/cli/cloudlet.ts'), 'utf8'), {
    ...asCommonJs,
    loader: 'ts',
    define: { bundleName: JSON.stringify(bundleName) },
  });
  const copied = (await Promise.all(copies.map(readCopies))).flat();
  const licenses = { path: join(output, 'THIRD-PARTY-LICENSES.txt'), contents: await licensesOf(result.metafile) };
  const files = [
    ...result.outputFiles.map(({ path, contents }) => ({ path, contents })),
    { path: join(output, 'package.json'), contents: Buffer.from('{"type":"commonjs"}\n') },
    { path: join(output, 'cloudlet.js'), contents: Buffer.from(first.code) },
    ...copied,
    licenses,
  ];
  await Promise.all(files.map(writeWhole));
  await removeOldParts(new Set(files.map(({ path }) => path)), bundleName);
  await writeWhole({ path: stampPath, contents: '' });
  // Whoever builds may write here; whoever runs the short commands perhaps not, and they keep what V8 compiles here too.
  await promisify(execFile)(process.execPath, [join(output, 'cloudlet.js'), '--version']);
}

export async function buildIfStale() {
  const built = await modifiedMs(stampPath);
  const sources = (await listFiles(join(project, 'src'))).filter((path) => !path.endsWith('.test.ts'));
  const times = await Promise.all(
    [...sources, join(project, 'package.json'), fileURLToPath(import.meta.url)].map(modifiedMs),
  );
  if (Math.max(...times) >= built) await build();
}

/** The licence of every package that is in the bundle. */
async function licensesOf({ inputs }) {
  const folders = new Set();
  for (const path of Object.keys(inputs)) {
    const [folder] = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
    if (folder) folders.add(folder);
  }
  const texts = [...folders].sort().map(async (folder) => {
    const { name, version, license } = JSON.parse(await readFile(join(project, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(project, folder))).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? await readFile(join(project, folder, file), 'utf8') : '';
    return `${name} ${version} (${license})\n\n${text.trim()}\n`;
  });
  return Buffer.from((await Promise.all(texts)).join(`\n${'-'.repeat(80)}\n`));
}

async function readCopies({ from, to, takes }) {
  const folder = join(project, from);
  const paths = (await listFiles(folder)).filter(takes);
  return Promise.all(
    paths.map(async (path) => {
      const { mode } = await stat(path);
      return { path: join(output, to, relative(folder, path)), contents: await readFile(path), mode };
    }),
  );
}

async function listFiles(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Replaces the file in one step, because somebody may be running it. An equal one is left alone. */
async function writeWhole({ path, contents, mode = path === join(output, 'cloudlet.js') ? 0o755 : 0o644 }) {
  if (contents.length > 0 && Buffer.compare(Buffer.from(contents), await readOrNothing(path)) === 0) return;
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, contents, { mode });
  await rename(draft, path);
}

async function removeOldParts(current, bundleName) {
  const now = Date.now();
  for (const name of await readdir(output)) {
    const path = join(output, name);
    const isPart = /\.js(\.map|\..*\.compiled(\.\d+)?)?$/.test(name) && !name.startsWith(`${bundleName}.`);
    if (isPart && !current.has(path) && now - (await modifiedMs(path)) > keepOldPartsMs) await rm(path);
  }
}

const readOrNothing = (path) => readFile(path).catch(() => Buffer.alloc(0));

const modifiedMs = (path) =>
  stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => 0,
  );

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await (process.argv.includes('--if-stale') ? buildIfStale() : build());
}
