// Timestamps as Ion writes them: 2017T, 2017-03T, 2017-03-01, 2017-03-01T10:20Z, 2017-03-01T10:20:30.5+02:00.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-date.html

import { invalidTimestampPattern } from './select.errors.ts';

export interface SqlTimestamp {
  readonly timestampMs: number;
  /** Minutes east of Greenwich. */
  readonly offset: number;
}

const pattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?(Z|[+-]\d\d:\d\d))?)?|T)?|T)?$/;

export function isTimestamp(value: unknown): value is SqlTimestamp {
  return typeof value === 'object' && value !== null && 'timestampMs' in value && 'offset' in value;
}

/** Undefined for what is none. */
export function parseTimestamp(text: string): SqlTimestamp | undefined {
  const found = pattern.exec(text.trim());
  if (!found) return undefined;
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '0', zone = 'Z'] =
    found;
  const [monthOfYear, dayOfMonth] = [Number(month), Number(day)];
  const fields = Date.UTC(Number(year), monthOfYear - 1, dayOfMonth, Number(hour), Number(minute), Number(second));
  const checked = new Date(fields);
  const isReal = checked.getUTCMonth() === monthOfYear - 1 && checked.getUTCDate() === dayOfMonth;
  if (!isReal || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const offset = zone === 'Z' ? 0 : minutesOf(zone);
  return { timestampMs: fields + Math.floor(Number(`0.${fraction}`) * 1000) - offset * 60_000, offset };
}

function minutesOf(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

export interface DateFields {
  readonly year: number;
  /** From 1. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}

/** As its own clock shows it. */
export function fieldsOf({ timestampMs, offset }: SqlTimestamp): DateFields {
  const local = new Date(timestampMs + offset * 60_000);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    ms: local.getUTCMilliseconds(),
  };
}

const two = (value: number): string => String(value).padStart(2, '0');

export function formatTimestamp(timestamp: SqlTimestamp): string {
  const { year, month, day, hour, minute, second, ms } = fieldsOf(timestamp);
  const fraction = ms === 0 ? '' : `.${String(ms).padStart(3, '0')}`;
  const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
  return `${date}T${two(hour)}:${two(minute)}:${two(second)}${fraction}${formatZone(timestamp.offset, ':', 'Z')}`;
}

function formatZone(offset: number, separator: string, utc: string): string {
  if (offset === 0 && utc !== '') return utc;
  const minutes = Math.abs(offset);
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}${separator}${two(minutes % 60)}`;
}

const lengthsMs = { DAY: 86_400_000, HOUR: 3_600_000, MINUTE: 60_000, SECOND: 1000 } as const;

export function addToTimestamp(part: string, count: number, timestamp: SqlTimestamp): SqlTimestamp {
  if (part !== 'YEAR' && part !== 'MONTH') {
    const lengthMs = lengthsMs[part as keyof typeof lengthsMs];
    return { ...timestamp, timestampMs: timestamp.timestampMs + count * lengthMs };
  }
  const { year, month, day } = fieldsOf(timestamp);
  const months = year * 12 + month - 1 + (part === 'YEAR' ? count * 12 : count);
  const [toYear, toMonth] = [Math.floor(months / 12), ((months % 12) + 12) % 12];
  const lastDay = new Date(Date.UTC(toYear, toMonth + 1, 0)).getUTCDate();
  const days = Date.UTC(toYear, toMonth, Math.min(day, lastDay)) - Date.UTC(year, month - 1, day);
  return { ...timestamp, timestampMs: timestamp.timestampMs + days };
}

/** Whole parts from one to the other. */
export function differenceOf(part: string, from: SqlTimestamp, to: SqlTimestamp): number {
  if (part !== 'YEAR' && part !== 'MONTH') {
    return Math.trunc((to.timestampMs - from.timestampMs) / lengthsMs[part as keyof typeof lengthsMs]);
  }
  const [a, b] = [fieldsOf(from), fieldsOf(to)];
  let months = (b.year - a.year) * 12 + b.month - a.month;
  const reached = addToTimestamp('MONTH', months, from).timestampMs;
  if (months > 0 && reached > to.timestampMs) months -= 1;
  if (months < 0 && reached < to.timestampMs) months += 1;
  return Math.trunc(part === 'YEAR' ? months / 12 : months);
}

export function extractPart(part: string, timestamp: SqlTimestamp): number {
  if (part === 'TIMEZONE_HOUR') return Math.trunc(timestamp.offset / 60);
  if (part === 'TIMEZONE_MINUTE') return timestamp.offset % 60;
  return fieldsOf(timestamp)[part.toLowerCase() as keyof DateFields];
}

const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** One letter is hours alone where there are no minutes, three have a colon; `utc` is what Greenwich is written as. */
function zoneSymbols(
  letter: string,
  utc: string,
): Readonly<Record<string, (fields: DateFields, offset: number) => string>> {
  return {
    [letter]: (_, offset) => formatZone(offset, '', utc).replace(/00$/, ''),
    [letter.repeat(2)]: (_, offset) => formatZone(offset, '', utc),
    [letter.repeat(3)]: (_, offset) => formatZone(offset, ':', utc),
  };
}

const symbols: Readonly<Record<string, (fields: DateFields, offset: number) => string>> = {
  yy: ({ year }) => two(year % 100),
  y: ({ year }) => String(year),
  yyyy: ({ year }) => String(year).padStart(4, '0'),
  M: ({ month }) => String(month),
  MM: ({ month }) => two(month),
  MMM: ({ month }) => (monthNames[month - 1] as string).slice(0, 3),
  MMMM: ({ month }) => monthNames[month - 1] as string,
  MMMMM: ({ month }) => (monthNames[month - 1] as string).slice(0, 1),
  d: ({ day }) => String(day),
  dd: ({ day }) => two(day),
  a: ({ hour }) => (hour < 12 ? 'AM' : 'PM'),
  h: ({ hour }) => String(hour % 12 || 12),
  hh: ({ hour }) => two(hour % 12 || 12),
  H: ({ hour }) => String(hour),
  HH: ({ hour }) => two(hour),
  m: ({ minute }) => String(minute),
  mm: ({ minute }) => two(minute),
  s: ({ second }) => String(second),
  ss: ({ second }) => two(second),
  S: ({ ms }) => String(Math.floor(ms / 100)),
  SS: ({ ms }) => two(Math.floor(ms / 10)),
  SSS: ({ ms }) => String(ms).padStart(3, '0'),
  n: ({ ms }) => String(ms * 1_000_000),
  ...zoneSymbols('X', 'Z'),
  ...zoneSymbols('x', ''),
};

/** By TO_STRING's symbols; what stands in single quotes is meant as it is. */
export function formatByPattern(timestamp: SqlTimestamp, format: string): string {
  const fields = fieldsOf(timestamp);
  return format.replace(/'((?:[^']|'')*)'|([A-Za-z])\2*/g, (run: string, text: string | undefined) => {
    if (text !== undefined) return text === '' ? "'" : text.replaceAll("''", "'");
    const write = Object.hasOwn(symbols, run) ? symbols[run] : undefined;
    if (!write) throw invalidTimestampPattern(format);
    return write(fields, timestamp.offset);
  });
}
