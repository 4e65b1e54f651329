#!/usr/bin/env node
// The `cloudlet` command's first file: what Node compiles of the rest it may keep for the next start (Node 22 and newer).

import * as nodeModule from 'node:module';

(nodeModule as { enableCompileCache?: () => unknown }).enableCompileCache?.();

const { runCommandLine } = await import('./main.ts');
await runCommandLine();
