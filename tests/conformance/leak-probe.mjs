// Loaded into the server under test (NODE_OPTIONS=--import): on SIGUSR2 it collects garbage and writes what is left.

import { renameSync, writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
const path = process.env['LEAK_PROBE_PATH'];
let count = 0;

process.on('SIGUSR2', async () => {
  // What garbage held on to (sockets, timers) may only become garbage in the next round.
  for (let i = 0; i < 4; i++) {
    collectGarbage();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  count++;
  const seen = { count, bytes: heapUsed + external, resources: process.getActiveResourcesInfo().sort() };
  writeFileSync(`${path}.new`, JSON.stringify(seen));
  renameSync(`${path}.new`, path);
});
