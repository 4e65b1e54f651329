// A table in LMDB whose rows are blocks of neighbouring positions, since a row costs as much as twenty messages in one. A
// block's key is not above its first position, and all up to the next block's key are in it: what is put there later joins
// it, and it is divided when it becomes too large. One whose values are all gone is gone too.

import type { ByteReader } from '../journal/bytes.ts';
import { Block, BlockParts, sizeInBlock } from './block.ts';
import type { RowDatabase } from './stored-rows.ts';
import type { CheckpointStep, ComingChanges, StoredTable } from './stored-table.ts';

/** A larger value has a block of its own. With what LMDB writes before it, that is two of its pages. */
const largestBlock = 2 * 4096 - 16;
const costOfBlock = 32;
const mostHeld = 64;

interface StoredBlock {
  readonly key: number;
  readonly block: Block;
}

/** The block of each queue that was read last: who reads one message reads its neighbours next. */
export class HeldBlocks {
  readonly #blocks = new Map<string, Block>();

  get(queueId: string): Block | undefined {
    return this.#blocks.get(queueId);
  }

  hold(queueId: string, block: Block): void {
    if (block.bytes.length > largestBlock) return;
    this.#blocks.delete(queueId);
    this.#blocks.set(queueId, block);
    if (this.#blocks.size <= mostHeld) return;
    for (const first of this.#blocks.keys()) {
      this.#blocks.delete(first);
      return;
    }
  }

  drop(queueId: string): void {
    this.#blocks.delete(queueId);
  }
}

export class StoredBlocks implements StoredTable<number> {
  readonly #database: RowDatabase;
  readonly #queueId: string;
  readonly #held: HeldBlocks;

  constructor(database: RowDatabase, queueId: string, held: HeldBlocks) {
    this.#database = database;
    this.#queueId = queueId;
    this.#held = held;
  }

  get(position: number): ByteReader | undefined {
    const held = this.#held.get(this.#queueId);
    if (held?.spans(position)) return held.find(position);
    const block = this.#blockOf(position)?.block;
    if (block) this.#held.hold(this.#queueId, block);
    return block?.find(position);
  }

  keys(start: number, end: number, limit: number): number[] {
    const keys: number[] = [];
    const queueId = this.#queueId;
    const range = { start: [queueId, this.#blockOf(start)?.key ?? start], end: [queueId, end] };
    for (const { value } of this.#database.getRange(range as never)) {
      const block = new Block(value);
      for (let i = block.indexFrom(start); i < block.count; i++) {
        const position = block.position(i);
        if (position >= end || keys.length === limit) return keys;
        keys.push(position);
      }
    }
    return keys;
  }

  bring(changes: ComingChanges<number>, step: CheckpointStep): void {
    const walk = new BlockWalk(this.#database, this.#queueId);
    while (!changes.isOver && step.room > 0) {
      walk.moveTo(changes.key);
      this.#bringNeighbours(walk, changes, step);
    }
  }

  settle(): void {
    // Until now, whatever is otherwise in what is held was found among the changes.
    this.#held.drop(this.#queueId);
  }

  /** Those that belong to one block of those that are there, or behind the last. What else is in it is written with them. */
  #bringNeighbours({ key: before, end }: BlockWalk, changes: ComingChanges<number>, step: CheckpointStep): void {
    const blocks = new BlockRun(this.#database, this.#queueId, before, step);
    const old = before === undefined ? undefined : this.#read(before);
    let at = 0;
    const keepUpTo = (position: number) => {
      for (; old && at < old.count && old.position(at) < position; at++)
        blocks.add(old.position(at), old.bytes.subarray(old.start(at), old.start(at + 1)));
    };
    for (; !changes.isOver && changes.key < end && step.room > 0; changes.next()) {
      const { key, value } = changes;
      keepUpTo(key);
      if (old && at < old.count && old.position(at) === key) at += 1;
      if (value) blocks.add(key, value);
      step.room -= 1;
    }
    keepUpTo(Number.POSITIVE_INFINITY);
    blocks.end();
  }

  /** The one that a position is in, if it is anywhere. */
  #blockOf(position: number): StoredBlock | undefined {
    const range = { start: [this.#queueId, position], end: [this.#queueId, -1], reverse: true, limit: 1 };
    for (const { key, value } of this.#database.getRange(range as never))
      return { key: key[1] as number, block: new Block(value) };
    return undefined;
  }

  /** Until anything else is read. */
  #read(key: number): Block {
    return new Block(this.#database.getBinaryFast([this.#queueId, key]) as Buffer);
  }
}

const keysAtOnce = 16;

/** Goes upwards through the blocks that are there, whose keys it reads some at a time: to look each up costs as much as to write it. */
class BlockWalk {
  /** Of the block that the position is in, if it is anywhere. */
  key: number | undefined;
  /** Of the block behind it. */
  end = Number.NEGATIVE_INFINITY;
  readonly #database: RowDatabase;
  readonly #queueId: string;
  /** Of blocks that come next: it has no others up to the last of these. */
  #keys: readonly number[] = [];
  #at = 0;
  #isLast = false;

  constructor(database: RowDatabase, queueId: string) {
    this.#database = database;
    this.#queueId = queueId;
  }

  /** Not below where it was. */
  moveTo(position: number): void {
    while (this.#at < this.#keys.length && (this.#keys[this.#at] as number) <= position) {
      this.key = this.#keys[this.#at];
      this.#at += 1;
    }
    if (this.#at === this.#keys.length && !this.#isLast) this.#lookUp(position);
    this.end = this.#keys[this.#at] ?? Number.POSITIVE_INFINITY;
  }

  #lookUp(position: number): void {
    const upTo = { start: [this.#queueId, position], end: [this.#queueId, -1], reverse: true, limit: 1 };
    this.key = this.#keysIn(upTo)[0];
    const start = [this.#queueId, position];
    const behind = { start, end: [this.#queueId, Number.MAX_VALUE], exclusiveStart: true, limit: keysAtOnce };
    this.#keys = this.#keysIn(behind);
    this.#at = 0;
    this.#isLast = this.#keys.length < keysAtOnce;
  }

  #keysIn(range: object): readonly number[] {
    const keys: number[] = [];
    for (const [, key] of this.#database.getKeys(range as never)) keys.push(key as number);
    return keys;
  }
}

/** Blocks that are written one behind the other, the first of them in the place of one that was there. */
class BlockRun {
  readonly #database: RowDatabase;
  readonly #queueId: string;
  readonly #step: CheckpointStep;
  readonly #parts = new BlockParts();
  #replaced: number | undefined;

  constructor(database: RowDatabase, queueId: string, replaced: number | undefined, step: CheckpointStep) {
    this.#database = database;
    this.#queueId = queueId;
    this.#replaced = replaced;
    this.#step = step;
  }

  add(position: number, value: Uint8Array): void {
    if (!this.#parts.isEmpty && this.#parts.size + sizeInBlock(value) > largestBlock) this.#write();
    this.#parts.add(position, value);
  }

  end(): void {
    if (!this.#parts.isEmpty) this.#write();
    else if (this.#replaced !== undefined) void this.#database.remove([this.#queueId, this.#replaced]);
    this.#step.room -= costOfBlock;
  }

  #write(): void {
    const key = this.#replaced ?? this.#parts.first;
    this.#replaced = undefined;
    void this.#database.put([this.#queueId, key], this.#parts.make());
    this.#step.room -= costOfBlock;
  }
}
