// Time as a value that is passed in. The only file that reads the machine's clock or arms its timers, so that a
// simulation can replace both and a whole cloud can run from a seed.

/** A point in time, in milliseconds since the Unix epoch (UTC). */
export type TimestampMs = number;

export interface Timer {
  cancel(): void;
}

export interface Clock {
  /** Wall time. May jump; use `monotonicMs` to measure how long something took. */
  now(): TimestampMs;
  /** Milliseconds since an arbitrary origin; never goes backwards. */
  monotonicMs(): number;
  /** Calls `run` once after `delayMs`. Never keeps the process alive by itself. */
  after(delayMs: number, run: () => void): Timer;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

// setTimeout takes a 32-bit delay; anything longer fires at once.
const longestDelayMs = 2 ** 31 - 1;

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), longestDelayMs));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
  sleep(delayMs, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(
        () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        },
        Math.min(Math.max(0, delayMs), longestDelayMs),
      );
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

/** Calls `run` when the events that are already there have been seen to: what they ask for can then be done together. */
export function afterThisTurn(run: () => void): void {
  setImmediate(run);
}

/** `2026-11-21T09:00:00Z` or, with `fraction`, `2026-11-21T09:00:00.123Z`. */
export function formatIso(atMs: TimestampMs, fraction: 'seconds' | 'milliseconds' = 'milliseconds'): string {
  const minute = Math.floor(atMs / 60_000);
  if (minute !== lastMinute.minute) lastMinute = { minute, text: new Date(atMs).toISOString().slice(0, -7) };
  const ms = atMs - minute * 60_000;
  if (!Number.isInteger(ms)) return formatIso(Math.trunc(atMs), fraction); // dates have no more than milliseconds
  const seconds = Math.floor(ms / 1000);
  const text = `${lastMinute.text}${seconds < 10 ? '0' : ''}${seconds}`;
  if (fraction === 'seconds') return `${text}Z`;
  const rest = ms - seconds * 1000;
  return `${text}.${rest < 10 ? '00' : rest < 100 ? '0' : ''}${rest}Z`;
}

/** Up to the seconds: what is shown together is mostly of the same minute, and a date costs as much as a row of a list. */
let lastMinute = { minute: Number.NaN, text: '' };

/** Milliseconds since the epoch, or undefined when the text is not a date. */
export function parseIso(text: string): TimestampMs | undefined {
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : at;
}

/** As `formatHttpDate` writes them, or with an offset instead of `GMT`; undefined for anything else. */
export function parseHttpDate(text: string): TimestampMs | undefined {
  const isHttp = /^(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|[+-]\d{4})$/.test(
    text.trim(),
  );
  return isHttp ? parseIso(text.trim()) : undefined;
}

/** RFC 7231 date, as in HTTP headers: `Sat, 21 Nov 2026 09:00:00 GMT`. */
export function formatHttpDate(atMs: TimestampMs): string {
  const second = Math.floor(atMs / 1000);
  let text = httpDates.get(second);
  if (text === undefined) {
    text = new Date(atMs).toUTCString();
    if (httpDates.size >= mostHttpDates) httpDates.clear();
    httpDates.set(second, text);
  }
  return text;
}

/** By seconds: when the same few objects were modified is told again and again. */
const httpDates = new Map<number, string>();
const mostHttpDates = 1_000;
