// What an import reads, one record after the other: objects are unpacked and cut into records as they stream by. A record
// that is none is told of as such, and the next one is read.

import { StringDecoder } from 'node:string_decoder';
import { createGunzip } from 'node:zlib';
import { type Parser, parse } from 'csv-parse';
import { Decompress } from 'fzstd';
import type { AttributeValue, InputCompressionType } from '../../generated/dynamodb.types.ts';
import type { Item } from './attribute-value.ts';
import type { ImportSpec } from './imports.table.ts';
import { loadIon, parseIonItem } from './ion.ts';

/** As a request would have it; undefined for what could not be read. */
export type ImportRecord = Readonly<Record<string, AttributeValue>> | undefined;

type Bytes = AsyncIterable<Uint8Array>;

/** Longer records are not items: 400 KiB of them, in the widest form of JSON, are less. */
const longestRecord = 4 * 1024 * 1024;

export async function* recordsOf(spec: ImportSpec, body: Bytes): AsyncGenerator<ImportRecord> {
  const unpacked = unpack(spec.compression, body);
  if (spec.format === 'CSV') yield* csvRecords(spec, unpacked);
  else if (spec.format === 'ION') {
    const ion = await loadIon();
    for await (const text of structs(unpacked, ['"', "'"])) yield attempt(() => toModel(parseIonItem(ion, text)));
  } else {
    for await (const text of structs(unpacked, ['"'])) yield attempt(() => jsonRecord(text));
  }
}

function attempt(read: () => ImportRecord): ImportRecord {
  try {
    return read();
  } catch {
    // Whatever a parser says: it is not an item.
    return undefined;
  }
}

async function* unpack(compression: InputCompressionType, body: Bytes): Bytes {
  if (compression === 'GZIP') {
    const gunzip = createGunzip();
    feed(gunzip, body);
    yield* gunzip;
  } else if (compression === 'ZSTD') yield* unpackZstd(body);
  else yield* body;
}

/** Writes as fast as it is read; what goes wrong is told to the reader. */
function feed(into: NodeJS.WritableStream & { destroy(error?: Error): unknown }, body: Bytes): void {
  const pump = async () => {
    for await (const piece of body) {
      if (!into.write(piece))
        await new Promise<void>((resolve) => void into.once('drain', resolve).once('close', resolve));
    }
    into.end();
  };
  pump().catch((error: Error) => into.destroy(error));
}

async function* unpackZstd(body: Bytes): Bytes {
  const pieces: Uint8Array[] = [];
  const zstd = new Decompress((piece) => void pieces.push(piece));
  for await (const piece of body) {
    zstd.push(piece);
    yield* pieces.splice(0);
  }
  zstd.push(new Uint8Array(0), true);
  yield* pieces.splice(0);
}

/** The texts of structures that stand one behind the other, on lines of their own or not. */
export async function* structs(body: Bytes, quotes: readonly string[]): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let text = '';
  let at = 0;
  let depth = 0;
  let quote = '';
  for await (const piece of body) {
    text += decoder.write(Buffer.from(piece));
    for (; at < text.length; at += 1) {
      const char = text[at] as string;
      if (quote !== '') {
        if (char === '\\') at += 1;
        else if (char === quote) quote = '';
      } else if (quotes.includes(char)) quote = char;
      else if (char === '{') depth += 1;
      else if (char === '}' && depth > 0) {
        depth -= 1;
        if (depth > 0) continue;
        yield text.slice(0, at + 1);
        text = text.slice(at + 1);
        at = -1;
      }
    }
    if (text.length > longestRecord) {
      yield '';
      const end = text.lastIndexOf('\n') + 1 || text.length;
      text = text.slice(end);
      at = 0;
      depth = 0;
      quote = '';
    }
  }
  const rest = text + decoder.end();
  if (rest.trim() !== '') yield rest;
}

function jsonRecord(text: string): ImportRecord {
  const { Item: item } = JSON.parse(text) as { Item?: Item };
  if (typeof item !== 'object' || item === null || Array.isArray(item)) return undefined;
  return toModel(item);
}

/** From JSON's form to the model's: binaries are bytes there. Throws for what has another form. */
function toModel(item: Item): ImportRecord {
  const record: Record<string, AttributeValue> = { __proto__: null } as never;
  for (const name of Object.keys(item)) record[name] = valueToModel(item[name]);
  return record;
}

function valueToModel(given: unknown): AttributeValue {
  const entries = Object.entries(given as object);
  const [type, content] = entries[0] ?? [];
  if (entries.length !== 1) throw new SyntaxError('not one type');
  switch (type) {
    case 'S':
    case 'N':
      return { [type]: requireText(content) } as unknown as AttributeValue;
    case 'B':
      return { B: bytesOf(content) };
    case 'SS':
    case 'NS':
      return { [type]: requireList(content).map(requireText) } as unknown as AttributeValue;
    case 'BS':
      return { BS: requireList(content).map(bytesOf) };
    case 'BOOL':
    case 'NULL':
      if (typeof content !== 'boolean') throw new SyntaxError('not a boolean');
      return { [type]: content } as unknown as AttributeValue;
    case 'L':
      return { L: requireList(content).map(valueToModel) };
    case 'M':
      if (typeof content !== 'object' || content === null) throw new SyntaxError('not a map');
      return { M: toModel(content as Item) as Readonly<Record<string, AttributeValue>> };
    default:
      throw new SyntaxError(`no type is called ${type}`);
  }
}

function requireText(content: unknown): string {
  if (typeof content !== 'string') throw new SyntaxError('not a string');
  return content;
}

function requireList(content: unknown): readonly unknown[] {
  if (!Array.isArray(content)) throw new SyntaxError('not a list');
  return content;
}

function bytesOf(content: unknown): Uint8Array {
  const text = requireText(content);
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64').replace(/=+$/, '') !== text.replace(/=+$/, '')) throw new SyntaxError('not base64');
  return bytes;
}

/** Values are strings, but those of keys have the type of the key. */
async function* csvRecords({ options, table }: ImportSpec, body: Bytes): AsyncGenerator<ImportRecord> {
  const types = new Map(
    table.AttributeDefinitions.map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType]),
  );
  let header = options?.Csv?.HeaderList;
  for await (const fields of csvRows(body, options?.Csv?.Delimiter ?? ',')) {
    if (!header) header = fields ?? [];
    else if (fields?.length !== header.length) yield undefined;
    else yield attempt(() => csvRecord(header as readonly string[], fields, types));
  }
}

/** Rows that are none come as undefined. */
async function* csvRows(body: Bytes, delimiter: string): AsyncGenerator<readonly string[] | undefined> {
  let skipped = 0;
  const parser: Parser = parse({
    delimiter,
    record_delimiter: ['\r\n', '\n'],
    bom: true,
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_error: true,
    max_record_size: longestRecord,
    info: false,
    on_skip: () => {
      skipped += 1;
      return undefined;
    },
  });
  feed(parser, body);
  for await (const fields of parser as AsyncIterable<readonly string[]>) {
    for (; skipped > 0; skipped -= 1) yield undefined;
    yield fields;
  }
  for (; skipped > 0; skipped -= 1) yield undefined;
}

function csvRecord(
  header: readonly string[],
  fields: readonly string[],
  types: ReadonlyMap<string, string>,
): ImportRecord {
  const record: Record<string, AttributeValue> = { __proto__: null } as never;
  header.forEach((name, index) => {
    const text = fields[index] as string;
    const type = types.get(name) ?? 'S';
    record[name] = (type === 'B' ? { B: bytesOf(text) } : { [type]: text }) as unknown as AttributeValue;
  });
  return record;
}
