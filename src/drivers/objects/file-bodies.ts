// Bodies as files. Each run of the cloud has a folder of its own, filled group by group, so that files written at the
// same time share the fsync of their folder, and a sweep has to look only at runs that ended without having been looked
// at. A file is written under its final name: until the index names it nobody knows of it, and a crash leaves it to the
// sweep.

import { constants } from 'node:fs';
import { copyFile, type FileHandle, link, mkdir, open, readdir, rm, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Random } from '../../kernel/random.ts';
import { FileReader } from './file-reader.ts';
import { createHeldBodies } from './held-bodies.ts';
import { type Bodies, BodyMissing, type BodyWriter, type WrittenBody } from './objects.ts';
import { createOpenFiles } from './open-files.ts';
import { createPieceMemory } from './piece-memory.ts';

export interface FileBodiesOptions {
  readonly directory: string;
  readonly durability: 'strict' | 'relaxed';
  readonly random: Random;
}

const filesInGroup = 4096;
const writeBytes = 1024 * 1024;
const sweptAtOnce = 500;
/** Marks a run whose files have not been compared with the index since it ended. */
const openMark = 'open';

/** Bodies that are files, some of which stay open between two who read them. */
export interface FileBodies extends Bodies {
  close(): void;
}

export function openFileBodies({ directory, durability, random }: FileBodiesOptions): FileBodies {
  const run = Buffer.from(random.bytes(4)).toString('hex');
  const syncs = new Map<string, FolderSync>();
  let group: Promise<string> | undefined;
  let groupNumber = 0;
  let filesLeft = 0;
  const held = createHeldBodies((id) => void removeFile(id).catch(() => undefined)); // the next sweep finds it

  const isStrict = durability === 'strict';

  async function openRun(): Promise<void> {
    const folder = join(directory, run);
    await mkdir(folder, { recursive: true });
    await (await open(join(folder, openMark), 'w')).close();
    if (isStrict) for (const path of [folder, directory]) await syncFolder(path);
  }
  let opened: Promise<void> | undefined;

  /** What could not be made is tried again by whoever comes next: the disk may have been full. */
  async function makeGroup(name: string): Promise<string> {
    try {
      opened ??= openRun();
      await opened;
      await mkdir(join(directory, run, name), { recursive: true });
      if (isStrict) await syncFolder(join(directory, run));
      return name;
    } catch (error) {
      opened = undefined;
      filesLeft = 0;
      throw error;
    }
  }

  async function newId(): Promise<string> {
    if (filesLeft === 0) {
      group = makeGroup(groupNumber.toString(16).padStart(6, '0'));
      groupNumber += 1;
      filesLeft = filesInGroup;
    }
    filesLeft -= 1;
    return `${run}${await group}${Buffer.from(random.bytes(9)).toString('hex')}`;
  }

  const pathOf = (id: string): string => join(directory, ...partsOf(id));
  const files = createOpenFiles();
  const reading = { files, memory: createPieceMemory(), pathOf };

  /** One fsync of the folder serves all who asked before it began. */
  function syncFolderOf(id: string): Promise<void> {
    const folder = join(directory, ...partsOf(id).slice(0, 2));
    let sync = syncs.get(folder);
    if (!sync) {
      sync = createFolderSync(folder, () => syncs.delete(folder));
      syncs.set(folder, sync);
    }
    return sync.request();
  }

  async function removeFile(id: string): Promise<void> {
    try {
      await unlink(pathOf(id));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    files.forget(pathOf(id));
  }

  return {
    async create() {
      const id = await newId();
      return new FileWriter(id, await open(pathOf(id), 'wx', 0o600), {
        sync: async (file) => {
          if (isStrict) await file.datasync();
        },
        syncFolder: async () => {
          if (isStrict) await syncFolderOf(id);
        },
        remove: () => removeFile(id),
      });
    },
    read: (id, start, end, pieces = 'kept') => new FileReader(reading, { id, start, end, pieces }),
    async copy(id) {
      const copied = await newId();
      try {
        await link(pathOf(id), pathOf(copied)).catch((error: NodeJS.ErrnoException) => {
          if (error.code === 'ENOENT') throw new BodyMissing(id);
          return copyBytes(pathOf(id), pathOf(copied), isStrict);
        });
      } catch (error) {
        await removeFile(copied);
        throw error;
      }
      if (isStrict) await syncFolderOf(copied);
      return copied;
    },
    async remove(id) {
      if (held.mayGo(id)) await removeFile(id);
    },
    hold: held.hold,
    async sweep(wanted) {
      let removed = 0;
      for (const name of await listFolder(directory)) {
        if (name === run || !/^[0-9a-f]{8}$/.test(name)) continue;
        removed += await sweepRun(directory, name, wanted);
      }
      return removed;
    },
    async clear() {
      for (const name of await listFolder(directory)) {
        for (const inner of await listFolder(join(directory, name))) {
          if (inner !== openMark)
            for (const file of await listFolder(join(directory, name, inner))) {
              const id = name + inner + file;
              if (held.mayGo(id)) await removeFile(id);
            }
        }
      }
    },
    close: files.close,
  };
}

/** Where the file system has no second names for files, or no more of them for this one. */
async function copyBytes(from: string, to: string, isDurable: boolean): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  if (!isDurable) return;
  const file = await open(to, 'r+');
  try {
    await file.datasync();
  } finally {
    await file.close();
  }
}

/** The run, the group and the file; ids are of our own making, and what is not one never becomes a path. */
function partsOf(id: string): [run: string, group: string, file: string] {
  if (!/^[0-9a-f]{32}$/.test(id)) throw new BodyMissing(id);
  return [id.slice(0, 8), id.slice(8, 14), id.slice(14)];
}

async function sweepRun(
  directory: string,
  name: string,
  wanted: (ids: readonly string[]) => Promise<readonly boolean[]>,
): Promise<number> {
  const entries = await listFolder(join(directory, name));
  if (!entries.includes(openMark)) return 0;
  let removed = 0;
  for (const group of entries.filter((entry) => entry !== openMark)) {
    const folder = join(directory, name, group);
    const files = await listFolder(folder);
    for (let at = 0; at < files.length; at += sweptAtOnce) {
      const lot = files.slice(at, at + sweptAtOnce);
      const isWanted = await wanted(lot.map((file) => name + group + file));
      const strays = lot.filter((_, index) => !isWanted[index]);
      for (const file of strays) await rm(join(folder, file), { force: true });
      removed += strays.length;
    }
    await rmdir(folder).catch(() => undefined); // only an empty one goes
  }
  await rm(join(directory, name, openMark), { force: true });
  await rmdir(join(directory, name)).catch(() => undefined);
  return removed;
}

async function listFolder(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
}

interface Surroundings {
  sync(file: FileHandle): Promise<void>;
  syncFolder(): Promise<void>;
  remove(): Promise<void>;
}

/** Gathers small pieces, and takes the next ones in while the last are being written. */
class FileWriter implements BodyWriter {
  readonly #id: string;
  readonly #file: FileHandle;
  readonly #surroundings: Surroundings;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #bytes = 0;
  #writing: Promise<void> | undefined;

  constructor(id: string, file: FileHandle, surroundings: Surroundings) {
    this.#id = id;
    this.#file = file;
    this.#surroundings = surroundings;
  }

  push(piece: Uint8Array): Promise<void> | undefined {
    this.#gathered.push(piece);
    this.#gatheredBytes += piece.byteLength;
    this.#bytes += piece.byteLength;
    return this.#gatheredBytes >= writeBytes ? this.#flush() : undefined;
  }

  async end(): Promise<WrittenBody> {
    try {
      await this.#flush();
      await this.#writing;
      await this.#surroundings.sync(this.#file);
      this.#close();
      await this.#surroundings.syncFolder();
      return { id: this.#id, bytes: this.#bytes };
    } catch (error) {
      await this.abandon();
      throw error;
    }
  }

  async abandon(): Promise<void> {
    await this.#writing?.catch(() => undefined);
    this.#close();
    await this.#surroundings.remove();
  }

  async #flush(): Promise<void> {
    if (this.#gathered.length === 0) return;
    const pieces = this.#gathered;
    this.#gathered = [];
    this.#gatheredBytes = 0;
    await this.#writing;
    this.#writing = writePieces(this.#file, pieces);
    this.#writing.catch(() => undefined); // whoever pushes more or ends is told
  }

  /** What is on disk stays there however this goes, and what is not is removed: nobody waits for it. */
  #close(): void {
    this.#file.close().catch(() => undefined); // closed already, when it was the folder's sync that failed
  }
}

async function writePieces(file: FileHandle, pieces: readonly Uint8Array[]): Promise<void> {
  const wanted = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const { bytesWritten } = await file.writev(pieces as Uint8Array[]);
  if (bytesWritten === wanted) return;
  // A full disk or a signal cut it short; what is left is tried once more, and fails with the reason.
  const rest = Buffer.concat(pieces).subarray(bytesWritten);
  await file.writeFile(rest);
}

interface FolderSync {
  request(): Promise<void>;
}

function createFolderSync(folder: string, whenIdle: () => void): FolderSync {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  const run = (): Promise<void> => {
    running = syncFolder(folder).finally(() => {
      running = undefined;
      if (!next) whenIdle();
    });
    return running;
  };
  return {
    request() {
      if (!running) return run();
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined;
          return run();
        });
      return next;
    },
  };
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
