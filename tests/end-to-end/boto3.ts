// boto3 as a user has it: a Python process that makes the calls it is asked for.

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { projectFolder } from '../source-tree.ts';

export const hasBoto3 = spawnSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0;

export interface Boto3Call {
  readonly endpoint: string;
  readonly service: string;
  /** As boto3 spells it: `get_caller_identity`. */
  readonly operation: string;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly region?: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
  /** How far the client's clock is ahead when it signs. */
  readonly skewSeconds?: number;
  /** Presigns a GET that is good for so many seconds, and fetches it with nothing but HTTP. */
  readonly presign?: number;
  /** What is changed of the URL that was presigned. */
  readonly replace?: readonly [text: string, by: string];
}

export interface Boto3Answer {
  readonly status: number;
  /** Of an error. */
  readonly code?: string;
  readonly message?: string;
  readonly answer?: Readonly<Record<string, unknown>>;
  /** Of a presigned request. */
  readonly text?: string;
}

export interface Boto3 {
  call(call: Boto3Call): Promise<Boto3Answer>;
  close(): Promise<void>;
}

export function openBoto3(): Boto3 {
  const python: ChildProcess = spawn('python3', [join(projectFolder, 'tests/end-to-end/boto3-calls.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => python.once('exit', () => resolve()));
  if (!python.stdin || !python.stdout) throw new Error('python has no pipes');
  const { stdin } = python;
  const lines = createInterface({ input: python.stdout })[Symbol.asyncIterator]();
  // One call at a time: answers come in the order of the questions.
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (call: Boto3Call): Promise<Boto3Answer> => {
    stdin.write(`${JSON.stringify(call)}\n`);
    const line = await lines.next();
    if (line.done) throw new Error('python ended before it answered');
    return JSON.parse(line.value) as Boto3Answer;
  };
  return {
    call(call) {
      const answer = last.then(() => ask(call));
      last = answer.catch(() => undefined);
      return answer;
    },
    async close() {
      stdin.end();
      await ended;
    },
  };
}
