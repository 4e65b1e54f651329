// A walk by boto3: a Python script that names its steps with `--list`, and otherwise takes them against the endpoint it is
// given and prints the outcome of each as a line of JSON. Every step becomes a test.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder } from '../source-tree.ts';
import { type CloudProcess, createCloudProcess, execute } from './cloud-process.ts';

interface Outcome {
  readonly step: string;
  readonly error?: string;
}

export interface Walk {
  readonly name: string;
  /** In this folder. */
  readonly script: string;
  /** Whether this host can take it. */
  readonly isPossible: boolean;
  readonly hypervisor: 'none' | 'simulated';
}

const minuteMs = 60_000;

export function describeWalk({ name, script: file, isPossible, hypervisor }: Walk): void {
  const script = join(projectFolder, 'tests/end-to-end', file);
  const listed = () => spawnSync('python3', [script, '--list'], { encoding: 'utf8' }).stdout.trim().split('\n');
  const steps = isPossible ? listed() : [];

  describe.skipIf(!isPossible)(name, () => {
    let cloud: CloudProcess;
    let outcomes: ReadonlyMap<string, Outcome>;

    beforeAll(async () => {
      cloud = await createCloudProcess({ flags: ['--hypervisor', hypervisor, '--log', 'warn'] });
      await cloud.start();
      const { stdout } = await execute('python3', [script, cloud.endpoint], {
        maxBuffer: 64 * 1024 * 1024,
      });
      const all = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Outcome);
      outcomes = new Map(all.map((outcome) => [outcome.step, outcome]));
    }, 10 * minuteMs);

    afterAll(() => cloud?.dispose());

    it.each(steps)('%s', (step) => {
      const outcome = outcomes.get(step);
      expect(outcome, 'the step did not run').toBeDefined();
      expect(outcome?.error ?? '').toBe('');
    });

    it('finds no fault of the cloud', () => {
      expect(cloud.log()).not.toContain('internal failure');
    });
  });
}
