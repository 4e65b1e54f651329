// The project's own source as data, for the tests that keep it tidy.

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface SourceFile {
  /** From the project's folder: `src/aws/gateway.ts`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly imports: readonly SourceImport[];
}

export interface SourceImport {
  /** A path from the project's folder for our own files, else the package's name. */
  readonly target: string;
  readonly isOurs: boolean;
  readonly isTypeOnly: boolean;
}

export const projectFolder = resolve(dirname(fileURLToPath(import.meta.url)), '..');

export function readSources(folder: string): readonly SourceFile[] {
  return readdirSync(join(projectFolder, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => relative(projectFolder, join(entry.parentPath, entry.name)))
    .filter((path) => !path.startsWith('src/generated/'))
    .sort()
    .map(readSource);
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(projectFolder, path), 'utf8');
  return { path, text, lines: text.split('\n'), imports: importsOf(path, text) };
}

const importPattern = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gm;

function importsOf(path: string, text: string): readonly SourceImport[] {
  return [...text.matchAll(importPattern)].map(([, typeOnly, fromClause, dynamic]) => {
    const specifier = fromClause ?? dynamic ?? '';
    const isOurs = specifier.startsWith('.');
    const target = isOurs ? relative(projectFolder, resolve(projectFolder, dirname(path), specifier)) : specifier;
    return { target, isOurs, isTypeOnly: typeOnly !== undefined };
  });
}
