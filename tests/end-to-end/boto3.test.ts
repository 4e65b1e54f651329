// EC2, SSM and STS as boto3 sees them: its waiters, paginators, resources and errors, against a cloud of its own process.
// What is asked is in boto3_walk.py; each of its steps is a test here.

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectFolder } from '../source-tree.ts';
import { type CloudProcess, createCloudProcess, execute } from './cloud-process.ts';

const script = join(projectFolder, 'tests/end-to-end/boto3_walk.py');
const hasBoto3 = spawnSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' }).status === 0;
if (!hasBoto3) process.stderr.write('skipped: EC2 by boto3, because: python3 with boto3 is not installed\n');

const steps = hasBoto3 ? spawnSync('python3', [script, '--list'], { encoding: 'utf8' }).stdout.trim().split('\n') : [];

interface Outcome {
  readonly step: string;
  readonly error?: string;
}

const minuteMs = 60_000;

describe.skipIf(!hasBoto3)('EC2 by boto3', { timeout: minuteMs }, () => {
  let cloud: CloudProcess;
  let outcomes: ReadonlyMap<string, Outcome>;

  beforeAll(async () => {
    cloud = await createCloudProcess({ flags: ['--hypervisor', 'simulated', '--log', 'warn'] });
    await cloud.start();
    // Whatever the machine is configured for, it is this cloud that is asked, and only with the keys of the script.
    const { AWS_PROFILE: _, AWS_CONFIG_FILE: __, ...environment } = process.env;
    const { stdout } = await execute('python3', [script, cloud.endpoint], {
      env: { ...environment, AWS_EC2_METADATA_DISABLED: 'true' },
      maxBuffer: 64 * 1024 * 1024,
    });
    const all = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Outcome);
    outcomes = new Map(all.map((outcome) => [outcome.step, outcome]));
  }, 5 * minuteMs);

  afterAll(() => cloud?.dispose(), minuteMs);

  it.each(steps)('%s', (step) => {
    const outcome = outcomes.get(step);
    expect(outcome, 'the step did not run').toBeDefined();
    expect(outcome?.error ?? '').toBe('');
  });

  it('finds no fault of the cloud', () => {
    expect(cloud.log()).not.toContain('internal failure');
  });
});
