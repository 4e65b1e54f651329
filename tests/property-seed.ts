// Before every test file: what fast-check draws is the same in each run, so that no run fails which another passed. Another
// seed comes from the environment.

import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['CLOUDLET_FUZZ_SEED'] ?? 1) });
