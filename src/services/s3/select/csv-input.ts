// Reads CSV: delimiters, quotes and comments as the request says, a record at a time.

import { isUtf8 } from 'node:buffer';
import type { CSVInput } from '../../../generated/s3.types.ts';
import { cutLines, type Line } from './lines.ts';
import { type CsvRecord, type Header, makeHeader } from './records.ts';
import { csvParsingError, invalidTextEncoding } from './select.errors.ts';

export interface CsvFormat {
  readonly recordDelimiter: string;
  readonly fieldDelimiter: string;
  readonly quote: string;
  readonly quoteEscape: string;
  readonly comments: string;
  readonly headerInfo: 'NONE' | 'IGNORE' | 'USE';
  readonly allowsQuotedDelimiter: boolean;
}

export function csvFormatOf(input: CSVInput): CsvFormat {
  return {
    recordDelimiter: input.RecordDelimiter || '\n',
    fieldDelimiter: input.FieldDelimiter || ',',
    quote: input.QuoteCharacter ?? '"',
    quoteEscape: input.QuoteEscapeCharacter || '"',
    comments: input.Comments ?? '#',
    headerInfo: (input.FileHeaderInfo as CsvFormat['headerInfo'] | undefined) ?? 'NONE',
    allowsQuotedDelimiter: input.AllowQuotedRecordDelimiter ?? false,
  };
}

/** A line by its text: columns, or undefined for a comment and an empty line. */
export function readColumns(format: CsvFormat, { bytes }: Pick<Line, 'bytes'>): readonly string[] | undefined {
  if (!isUtf8(bytes)) throw invalidTextEncoding();
  const text = bytes.toString();
  if (text === '' || (format.comments !== '' && text.startsWith(format.comments))) return undefined;
  if (format.quote === '' || !text.includes(format.quote)) return text.split(format.fieldDelimiter);
  return readQuoted(format, text);
}

function readQuoted({ fieldDelimiter, quote, quoteEscape }: CsvFormat, text: string): readonly string[] {
  const columns: string[] = [];
  let at = 0;
  for (;;) {
    if (!text.startsWith(quote, at)) {
      const end = text.indexOf(fieldDelimiter, at);
      columns.push(text.slice(at, end < 0 ? text.length : end));
      if (end < 0) return columns;
      at = end + fieldDelimiter.length;
      continue;
    }
    let column = '';
    at += quote.length;
    for (;;) {
      if (at >= text.length) throw csvParsingError();
      if (text.startsWith(quoteEscape, at) && text.startsWith(quote, at + quoteEscape.length)) {
        column += quote;
        at += quoteEscape.length + quote.length;
      } else if (text.startsWith(quote, at)) {
        at += quote.length;
        break;
      } else {
        column += text[at];
        at += 1;
      }
    }
    // What follows a closing quote belongs to the column, as others read it.
    const end = text.indexOf(fieldDelimiter, at);
    columns.push(column + text.slice(at, end < 0 ? text.length : end));
    if (end < 0) return columns;
    at = end + fieldDelimiter.length;
  }
}

/** An odd number of quotes: the delimiter that follows stands inside them. */
function quoteCounter(quote: string): (record: Buffer) => boolean {
  const byte = Buffer.from(quote);
  return (record) => {
    let count = 0;
    for (let at = record.indexOf(byte); at >= 0; at = record.indexOf(byte, at + byte.length)) count += 1;
    return count % 2 === 1;
  };
}

export interface CsvRead {
  readonly format: CsvFormat;
  /** Of a part of the object that does not begin with it. */
  readonly header?: Header | undefined;
  /** Bytes at the beginning that belong to the record before. */
  readonly skipsFirst?: boolean;
  /** Records that begin after this many bytes are not read. */
  readonly lastStart?: number;
}

export async function* readCsv(source: AsyncIterable<Uint8Array>, read: CsvRead): AsyncGenerator<readonly CsvRecord[]> {
  const { format } = read;
  let { header } = read;
  let isFirst = !read.skipsFirst && header === undefined && format.headerInfo !== 'NONE';
  let skips = read.skipsFirst ?? false;
  const isOpen = format.allowsQuotedDelimiter && format.quote !== '' ? quoteCounter(format.quote) : undefined;
  for await (const lines of cutLines(source, Buffer.from(format.recordDelimiter), isOpen)) {
    const records: CsvRecord[] = [];
    let isOver = false;
    for (const line of lines) {
      if (skips) {
        skips = false;
        continue;
      }
      if (read.lastStart !== undefined && line.start > read.lastStart) {
        isOver = true;
        break;
      }
      const columns = readColumns(format, line);
      if (!columns) continue;
      if (isFirst) {
        isFirst = false;
        if (format.headerInfo === 'USE') header = makeHeader(columns);
        continue;
      }
      records.push({ columns, header });
    }
    if (records.length > 0) yield records;
    if (isOver) return;
  }
}
