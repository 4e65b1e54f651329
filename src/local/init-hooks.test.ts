// Scripts of a user: found, run in order, noted, and never in the way.

import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../kernel/log.ts';
import { findInitHooks, type InitHooks } from './init-hooks.ts';

describe('init hooks', () => {
  let folder: string;
  let lines: string[];
  const log = () =>
    createLog('info', { now: () => 0 }, { format: 'text', write: (line) => void lines.push(line.slice(13)) });
  const environment = () => ({
    PATH: process.env['PATH'] ?? '',
    OUT: join(folder, 'out'),
    AWS_ENDPOINT_URL: 'http://c:1',
  });
  const put = (name: string, text: string, mode = 0o755) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    chmodSync(path, mode);
  };
  const states = (hooks: InitHooks) => hooks.scripts('ready').map(({ path, state }) => `${basename(path)} ${state}`);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'cloudlet-hooks-'));
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('run one after the other in lexical order, with the endpoint in their environment', async () => {
    put('ready.d/20-second.sh', '#!/bin/sh\necho second >> $OUT\n');
    put(
      'ready.d/10-first.py',
      'import os\nopen(os.environ["OUT"], "a").write(os.environ["AWS_ENDPOINT_URL"] + "\\n")\n',
      0o644,
    );
    put('ready.d/30-deeper/third.sh', '#!/bin/sh\necho third >> $OUT\n');
    put('ready.d/README.md', 'not a script');
    put('start.d/other.sh', '#!/bin/sh\necho other >> $OUT\n');
    const hooks = await findInitHooks(folder, log());
    expect(states(hooks)).toEqual(['10-first.py UNKNOWN', '20-second.sh UNKNOWN', 'third.sh UNKNOWN']);
    expect(hooks.isCompleted('ready')).toBe(false);
    await hooks.runStage('ready', environment());
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('http://c:1\nsecond\nthird\n');
    expect(states(hooks)).toEqual(['10-first.py SUCCESSFUL', '20-second.sh SUCCESSFUL', 'third.sh SUCCESSFUL']);
    expect(hooks.isCompleted('ready')).toBe(true);
    expect(hooks.isCompleted('start')).toBe(false);
  });

  it('run once', async () => {
    put('ready.d/a.sh', '#!/bin/sh\necho ran >> $OUT\n');
    const hooks = await findInitHooks(folder, log());
    await hooks.runStage('ready', environment());
    await hooks.runStage('ready', environment());
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('ran\n');
  });

  it('may fail: the log says how, and the next one runs', async () => {
    put('ready.d/1.sh', '#!/bin/sh\necho to the log\nprintf unfinished\nexit 3\n');
    put('ready.d/2.sh', '#!/bin/sh\ntrue\n', 0o644);
    put('ready.d/3.sh', '#!/no/such/interpreter\n');
    put('ready.d/4.sh', '#!/bin/sh\ntrue\n');
    const hooks = await findInitHooks(folder, log());
    await hooks.runStage('ready', environment());
    expect(states(hooks)).toEqual(['1.sh ERROR', '2.sh ERROR', '3.sh ERROR', '4.sh SUCCESSFUL']);
    expect(lines).toContain('info  to the log script=1.sh');
    expect(lines).toContain('info  unfinished script=1.sh');
    expect(lines).toContain('error init script failed script=1.sh stage=ready reason="exit code 3"');
    expect(lines.join('\n')).toContain(`it is not executable: chmod +x ${join(folder, 'ready.d/2.sh')}`);
    expect(lines.find((line) => line.includes('init script failed script=3.sh'))).toContain('ENOENT');
  });

  it('need not exist', async () => {
    for (const directory of [join(folder, 'nowhere'), undefined]) {
      const hooks = await findInitHooks(directory, log());
      await hooks.runStage('boot', {});
      expect(hooks.scripts('boot')).toEqual([]);
      expect(hooks.isCompleted('boot')).toBe(true);
    }
  });
});
