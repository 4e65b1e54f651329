#!/usr/bin/env node
// The `cloudlet` command's first file. Compiling the bundle takes V8 longer than running it, so what it compiled is kept
// beside the bundle and the next run begins with that. It is as trusted as the bundle: whoever may write the one may
// write the other.

import { promises, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { crc32 } from 'node:zlib';
import type { runCommandLine } from './main.ts';

/** Defined by tools/build.mjs. It carries a hash of the content: V8 itself would only compare lengths. */
declare const bundleName: string;

interface Bundle {
  readonly runCommandLine: typeof runCommandLine;
}

const path = join(__dirname, bundleName);

/** A start runs other functions than the short commands, which need not wait for those of a start. */
const isStart = process.argv[2] === 'start' && !process.argv.some((word) => word === '-d' || word === '--detach');
const purpose = isStart ? 'start' : 'command';
const compiledPath = `${path}.${purpose}-${process.version}-${process.arch}.compiled`;

function load(): { readonly bundle: Bundle; readonly keepCompiled: () => Promise<void> } {
  // Node knows the source maps only of what it loads itself.
  if (process.sourceMapsEnabled) return { bundle: require(path) as Bundle, keepCompiled: async () => undefined };
  const cachedData = readCompiled();
  const script = new Script(
    `(function(exports,require,module,__filename,__dirname){${readFileSync(path, 'latin1')}\n})`,
    { filename: path, ...(cachedData && { cachedData }) },
  );
  const isKept = cachedData !== undefined && !script.cachedDataRejected;
  const run = script.runInThisContext() as (...args: readonly unknown[]) => void;
  const module = { exports: {} as Bundle };
  run(module.exports, require, module, path, __dirname);
  return { bundle: module.exports, keepCompiled: async () => (isKept ? undefined : keep(script)) };
}

/** Whole or not at all. Where it cannot be written there is none. */
async function keep(script: Script): Promise<void> {
  const draft = `${compiledPath}.${process.pid}`;
  try {
    const file = await promises.open(draft, 'wx', 0o644);
    try {
      const compiled = script.createCachedData();
      await file.writeFile(Buffer.concat([compiled, checksumOf(compiled)]));
      await file.sync();
    } finally {
      await file.close();
    }
    await promises.rename(draft, compiledPath);
  } catch {
    await promises.rm(draft, { force: true }).catch(() => undefined);
  }
}

/** V8 runs what it made itself without another look, so damage by a disk would be run as well. */
function readCompiled(): Buffer | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(compiledPath);
  } catch {
    return undefined;
  }
  const compiled = bytes.subarray(0, -checksumBytes);
  return checksumOf(compiled).equals(bytes.subarray(-checksumBytes)) ? compiled : undefined;
}

const checksumBytes = 4;

function checksumOf(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(checksumBytes);
  checksum.writeUInt32LE(crc32(bytes));
  return checksum;
}

const { bundle, keepCompiled } = load();
void bundle.runCommandLine(keepCompiled);
