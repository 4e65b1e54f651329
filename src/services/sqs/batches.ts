// What all batches have in common: one to ten entries with distinct ids, of which each may fail by itself.

import { AwsError } from '../../aws/errors.ts';
import { loadServiceModel } from '../../aws/model.ts';
import { type Prepared, preparedJson } from '../../aws/prepared.ts';
import type { BatchResultErrorEntry } from '../../generated/sqs.types.ts';
import { batchEntryIdsNotDistinct, emptyBatchRequest, invalidBatchEntryId, tooManyEntries } from './sqs.errors.ts';

const mostEntries = 10;

interface Entry {
  readonly Id: string;
}

/** `entryShape` is the entries' name in the model: `SendMessageBatchRequestEntry`. */
export function checkBatch(entries: readonly Entry[], entryShape: string): void {
  if (entries.length === 0) throw emptyBatchRequest(entryShape);
  if (entries.length > mostEntries) throw tooManyEntries(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const { Id } = entries[i] as Entry;
    if (!/^[A-Za-z0-9_-]{1,80}$/.test(Id)) throw invalidBatchEntryId();
    // Of at most ten, comparing with each is quicker than a Set.
    for (let before = 0; before < i; before++) if (entries[before]?.Id === Id) throw batchEntryIdsNotDistinct(Id);
  }
}

export interface PreparedBatch<Item> {
  readonly good: readonly { readonly id: string; readonly item: Item }[];
  readonly failed: BatchResultErrorEntry[];
}

/** What `prepare` throws as AWS's error is its entry's failure. */
export function prepareBatch<T extends Entry, Item>(
  entries: readonly T[],
  prepare: (entry: T, index: number) => Item,
): PreparedBatch<Item> {
  const good: { id: string; item: Item }[] = [];
  const failed: BatchResultErrorEntry[] = [];
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i] as T;
    try {
      good.push({ id: entry.Id, item: prepare(entry, i) });
    } catch (error) {
      failed.push(failureOf(entry.Id, error));
    }
  }
  return { good, failed };
}

/** AWS leaves out what is empty, though its model wants both. */
export function describeBatch<Described extends Entry>(
  successful: readonly Described[],
  failed: readonly BatchResultErrorEntry[],
): BatchAnswer<Described> {
  return new BatchAnswer(successful, failed);
}

class BatchAnswer<Described extends Entry> implements Prepared {
  declare readonly Successful: readonly Described[];
  declare readonly Failed: readonly BatchResultErrorEntry[];

  constructor(successful: readonly Described[], failed: readonly BatchResultErrorEntry[]) {
    if (successful.length > 0) this.Successful = successful;
    if (failed.length > 0) this.Failed = failed;
  }

  [preparedJson](): string {
    const { Successful, Failed } = this;
    const failed = Failed ? `"Failed":${JSON.stringify(Failed)}` : '';
    if (!Successful) return `{${failed}}`;
    return `{"Successful":[${plainJson(Successful)}]${failed && `,${failed}`}}`;
  }
}

/** What comes before each member's text, by their names: entries of one batch mostly have the same. */
let openings = { names: [] as readonly string[], texts: [] as readonly string[] };

/** What an entry is told that succeeded is texts of which JSON escapes nothing: an id that was checked, UUIDs, digests, digits. */
function plainJson(entries: readonly object[]): string {
  let json = '';
  for (const entry of entries) {
    const members = entry as Readonly<Record<string, string>>;
    const { names, texts } = openingsOf(entry);
    if (json !== '') json += ',';
    for (let i = 0; i < names.length; i++) json += (texts[i] as string) + members[names[i] as string];
    json += '"}';
  }
  return json;
}

function openingsOf(entry: object): typeof openings {
  if (!hasNames(entry, openings.names)) {
    const names = Object.keys(entry);
    openings = { names, texts: names.map((name, i) => `${i === 0 ? '{' : '",'}"${name}":"`) };
  }
  return openings;
}

function hasNames(entry: object, names: readonly string[]): boolean {
  let i = 0;
  for (const name in entry) if (names[i++] !== name) return false;
  return i === names.length;
}

export function failureOf(id: string, error: unknown): BatchResultErrorEntry {
  if (!(error instanceof AwsError)) throw error;
  // Entries fail by the codes of the query protocol, whichever protocol is spoken.
  const code = loadServiceModel('sqs').exception(error.code)?.error?.code ?? error.code;
  return { Id: id, SenderFault: error.fault === 'client', Code: code, Message: error.message };
}
