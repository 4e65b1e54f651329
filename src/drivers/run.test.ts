// What callers rely on when a command succeeds, fails, is missing, or hangs together with its children.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CommandError, commandPath, run } from './run.ts';

async function failureOf(promise: Promise<unknown>): Promise<CommandError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof CommandError)) throw new Error(`expected a CommandError, got ${String(error)}`);
  return error;
}

describe('run', () => {
  it('gives input, collects both streams, and streams them', async () => {
    const chunks: string[] = [];
    const onOutput = (chunk: string) => chunks.push(chunk);
    const result = await run(['sh', '-c', 'cat; echo problem >&2'], { stdin: 'hällo', onOutput });
    expect(result).toEqual({ stdout: 'hällo', stderr: 'problem\n', code: 0 });
    expect(chunks.sort()).toEqual(['hällo', 'problem\n']);
  });

  it('hands on a fixed environment and nothing of ours', async () => {
    const { stdout } = await run(['env'], { env: { EXTRA: 'yes' } });
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['EXTRA', 'HOME', 'LANG', 'PATH']);
  });

  it('names the command, the code and the last words of a failure', async () => {
    const error = await failureOf(run(['sh', '-c', 'echo reason >&2; exit 3']));
    expect(error.code).toBe(3);
    expect(error.message).toBe('sh -c echo reason >&2; exit 3 failed with exit code 3: reason');
  });

  it('accepts the exit codes it is told to accept', async () => {
    expect((await run(['sh', '-c', 'exit 3'], { okCodes: [0, 3] })).code).toBe(3);
  });

  it('survives a command that ignores its input', async () => {
    expect((await run(['true'], { stdin: 'x'.repeat(1 << 20) })).code).toBe(0);
  });

  it('reports a command that does not exist', async () => {
    const error = await failureOf(run(['/no/such/command']));
    expect(error.code).toBe(127);
    expect(error.message).toContain('ENOENT');
  });

  it('knows where a command is without running it', () => {
    expect(commandPath('sh')).toMatch(/^\/(usr\/)?bin\/sh$/);
    expect(commandPath('no-such-command')).toBeUndefined();
  });

  it('reports the signal that ended a command', async () => {
    expect((await failureOf(run(['sh', '-c', 'kill -TERM $$']))).code).toBe(143);
  });

  it('kills a hanging command together with what it started', async () => {
    const hang = (timeoutMs: number) => failureOf(run(['sh', '-c', 'sleep 600 & echo $!; wait'], { timeoutMs }));
    let error = await hang(200);
    // A busy machine may not have come as far as that.
    if (error.stdout === '') error = await hang(20_000);
    expect(error.timedOut).toBe(true);
    const orphan = Number(error.stdout.trim());
    expect(orphan).toBeGreaterThan(1);
    await expect.poll(() => isGone(orphan)).toBe(true);
  });
});

function isGone(pid: number): boolean {
  const stat = `/proc/${pid}/stat`;
  // Where process 1 reaps no orphans (a plain container), a killed process stays behind as a zombie.
  return !existsSync(stat) || readFileSync(stat, 'utf8').includes(') Z ');
}
