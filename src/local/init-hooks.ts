// Scripts that a user puts beside the cloud, LocalStack's way: <directory>/{boot,start,ready,shutdown}.d, run one after
// the other in lexical order. A script that fails is noted, and the cloud goes on.

import { constants } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { CommandError, run } from '../drivers/run.ts';
import type { Log } from '../kernel/log.ts';

export const initStages = ['boot', 'start', 'ready', 'shutdown'] as const;

export type InitStage = (typeof initStages)[number];

export interface InitScript {
  readonly path: string;
  readonly stage: InitStage;
  readonly state: 'UNKNOWN' | 'RUNNING' | 'SUCCESSFUL' | 'ERROR';
}

export interface InitHooks {
  /** Runs the stage's scripts. Runs them once, however often it is called; never rejects for a script's sake. */
  runStage(stage: InitStage, environment: Readonly<Record<string, string>>): Promise<void>;
  isCompleted(stage: InitStage): boolean;
  scripts(stage: InitStage): readonly InitScript[];
}

/** How a file is run, by its extension; other files are left alone. */
const interpreters: Readonly<Record<string, readonly string[]>> = { '.sh': [], '.py': ['python3'] };

/** Looks at the directory once, now. It need not exist. */
export async function findInitHooks(directory: string | undefined, log: Log): Promise<InitHooks> {
  const found =
    directory === undefined
      ? []
      : await Promise.all(initStages.map((stage) => findScripts(join(directory, `${stage}.d`), stage)));
  const scripts = new Map<string, InitScript>(found.flat().map((script) => [script.path, script]));
  const completed = new Set<InitStage>();
  const ofStage = (stage: InitStage) => [...scripts.values()].filter((script) => script.stage === stage);

  return {
    async runStage(stage, environment) {
      if (completed.has(stage)) return;
      for (const script of ofStage(stage)) {
        scripts.set(script.path, { ...script, state: 'RUNNING' });
        const succeeded = await runScript(script, environment, log.with({ script: basename(script.path) }));
        scripts.set(script.path, { ...script, state: succeeded ? 'SUCCESSFUL' : 'ERROR' });
      }
      completed.add(stage);
    },
    isCompleted: (stage) => completed.has(stage),
    scripts: ofStage,
  };
}

async function findScripts(directory: string, stage: InitStage): Promise<readonly InitScript[]> {
  let entries: string[];
  try {
    entries = await readdir(directory, { recursive: true });
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return [];
    throw error;
  }
  return entries
    .filter((name) => extname(name) in interpreters)
    .sort()
    .map((name) => ({ path: join(directory, name), stage, state: 'UNKNOWN' }));
}

async function runScript(
  { path, stage }: InitScript,
  environment: Readonly<Record<string, string>>,
  log: Log,
): Promise<boolean> {
  const output = lineByLine((line) => log.info(line));
  log.info('init script starts', { stage });
  try {
    const interpreter = interpreters[extname(path)] ?? [];
    if (interpreter.length === 0) await access(path, constants.X_OK);
    await run([...interpreter, path], { env: environment, onOutput: output.take });
    output.end();
    log.info('init script succeeded', { stage });
    return true;
  } catch (error) {
    output.end();
    const isNotExecutable = (error as NodeJS.ErrnoException).code === 'EACCES';
    const reason = isNotExecutable ? `it is not executable: chmod +x ${path}` : outcomeOf(error);
    log.error('init script failed', { stage, reason });
    return false;
  }
}

/** What the script printed is in the log already. */
const outcomeOf = (error: unknown): unknown =>
  error instanceof CommandError && error.code !== 127 ? `exit code ${error.code}` : error;

function lineByLine(write: (line: string) => void): { take(chunk: string): void; end(): void } {
  let rest = '';
  return {
    take(chunk) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) write(line);
    },
    end() {
      if (rest !== '') write(rest);
      rest = '';
    },
  };
}
