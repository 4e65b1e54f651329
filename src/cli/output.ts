// How commands speak: results on standard output, everything said about them on standard error, colours on terminals
// only, JSON when asked for.

import { basename } from 'node:path';
import colors from 'picocolors';

export { colors };

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

export function note(text: string): void {
  process.stderr.write(`${text}\n`);
}

export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** A command as whoever reads it can type it: where cloudlet is installed, or in a checkout. */
export function asTyped(words: string): string {
  const isInstalled = basename(process.argv[1] ?? '') === 'cloudlet';
  return `${isInstalled ? 'cloudlet' : 'npm run -s cloudlet --'} ${words}`;
}

/** Rows of two columns, the first padded to the longest. */
export function formatPairs(pairs: readonly (readonly [string, string])[], indent = '  '): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `${indent}${colors.dim(name.padEnd(width))}  ${value}`).join('\n');
}

/** `0.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}

/** `████████░░░░░░░░ 50 %` */
export function formatBar(fraction: number, width = 24): string {
  const full = Math.round(Math.min(1, Math.max(0, fraction)) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${String(Math.round(fraction * 100)).padStart(3)} %`;
}
