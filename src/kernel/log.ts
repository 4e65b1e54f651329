// Structured lines on standard error, or readable ones on a terminal. The only file that writes logs.

import { type Clock, formatIso } from './clock.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';

export type LogFields = Readonly<Record<string, unknown>>;

export interface Log {
  readonly level: LogLevel;
  /** Spares the work of putting together a line that nobody wants. */
  isEnabled(level: LogLevel): boolean;
  trace(message: string, fields?: LogFields): void;
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** The same log with `fields` on every line. */
  with(fields: LogFields): Log;
}

const ranks: Record<LogLevel, number> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, silent: 99 };

export interface LogSink {
  readonly format: 'json' | 'text';
  write(line: string): void;
}

export function createLog(level: LogLevel, clock: Pick<Clock, 'now'>, sink: LogSink, bound: LogFields = {}): Log {
  const at = (lineLevel: LogLevel) => (message: string, fields?: LogFields) => {
    if (ranks[lineLevel] < ranks[level]) return;
    const all = fields ? { ...bound, ...fields } : bound;
    const time = formatIso(clock.now());
    sink.write(
      sink.format === 'json' ? jsonLine(time, lineLevel, message, all) : textLine(time, lineLevel, message, all),
    );
  };
  return {
    level,
    isEnabled: (lineLevel) => ranks[lineLevel] >= ranks[level],
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => createLog(level, clock, sink, { ...bound, ...fields }),
  };
}

export const silentLog: Log = createLog('silent', { now: () => 0 }, { format: 'text', write: () => undefined });

function jsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  return JSON.stringify({ time, level, message, ...fields }, (_key, value: unknown) => plain(value));
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const tail = Object.entries(fields).map(([key, value]) => ` ${key}=${fieldText(value)}`);
  return `${time.slice(11, 23)} ${level.padEnd(5)} ${message}${tail.join('')}`;
}

function fieldText(value: unknown): string {
  const shown = plain(value);
  if (typeof shown === 'string') return /[\s"=]/.test(shown) ? JSON.stringify(shown) : shown;
  return JSON.stringify(shown) ?? String(shown);
}

function plain(value: unknown): unknown {
  if (value instanceof Error) return value.stack ?? value.message;
  return typeof value === 'bigint' ? value.toString() : value;
}
