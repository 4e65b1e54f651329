// Writes results as CSV or JSON.

import type { CSVOutput, JSONOutput } from '../../../generated/s3.types.ts';
import { compactJson } from './json-input.ts';
import type { CsvRecord, SelectRecord } from './records.ts';
import { formatTimestamp, isTimestamp } from './timestamps.ts';
import { ofJson, toText, type Value } from './values.ts';

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

export interface Output {
  row(values: readonly NamedValue[]): string;
  /** `SELECT *` */
  whole(record: SelectRecord): string;
}

export function jsonOutput({ RecordDelimiter }: JSONOutput): Output {
  const delimiter = RecordDelimiter ?? '\n';
  const row = (values: readonly NamedValue[]) => {
    const members = values.filter(({ value }) => value !== undefined);
    const content = members.map(({ name, value }) => `${JSON.stringify(name)}:${formatJson(value)}`).join(',');
    return `{${content}}${delimiter}`;
  };
  return {
    row,
    whole(record) {
      if ('columns' in record) return row(columnsOf(record));
      if (!isStruct(record.json)) return row(valuesOf(record.json));
      return `${record.source === undefined ? JSON.stringify(record.json) : compactJson(record.source)}${delimiter}`;
    },
  };
}

export function csvOutput(output: CSVOutput): Output {
  const { QuoteFields, QuoteEscapeCharacter = '"', RecordDelimiter = '\n', FieldDelimiter = ',' } = output;
  const quote = output.QuoteCharacter ?? '"';
  const special = [FieldDelimiter, RecordDelimiter, quote, '\n', '\r'].filter((text) => text !== '');
  const write = (text: string) => {
    const isQuoted = quote !== '' && (QuoteFields === 'ALWAYS' || special.some((part) => text.includes(part)));
    return isQuoted ? `${quote}${text.replaceAll(quote, QuoteEscapeCharacter + quote)}${quote}` : text;
  };
  const row = (values: readonly NamedValue[]) =>
    `${values.map(({ value }) => write(toText(value))).join(FieldDelimiter)}${RecordDelimiter}`;
  return {
    row,
    whole: (record) => row('columns' in record ? columnsOf(record) : valuesOf(record.json)),
  };
}

function columnsOf({ columns, header }: CsvRecord): readonly NamedValue[] {
  return columns.map((value, at) => ({ name: header?.names[at] ?? `_${at + 1}`, value }));
}

const isStruct = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json);

/** What is no structure has one column. */
function valuesOf(json: unknown): readonly NamedValue[] {
  if (json === undefined) return [];
  if (!isStruct(json)) return [{ name: '_1', value: ofJson(json) }];
  return Object.entries(json).map(([name, value]) => ({ name, value: ofJson(value) }));
}

function formatJson(value: Value): string {
  if (typeof value === 'bigint') return String(value);
  if (isTimestamp(value)) return JSON.stringify(formatTimestamp(value));
  if (typeof value === 'number' && !Number.isFinite(value)) return 'null';
  return JSON.stringify(value);
}
