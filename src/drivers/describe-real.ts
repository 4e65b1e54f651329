// For tests that touch the host: they run where they can, say why where they cannot, and may not be skipped in CI.

import { describe, it } from 'vitest';

/** Like vitest's `describe`; `reason` says why this host cannot run it, and is undefined where it can. */
export function describeReal(name: string, reason: string | undefined, body: () => void): void {
  if (reason === undefined) {
    describe(name, body);
    return;
  }
  // A CI machine where we are root is there to run these tests: a missing package must not turn them off silently.
  if (process.env['CI'] === 'true' && process.geteuid?.() === 0) {
    it(name, () => {
      throw new Error(`CI runs as root and must not skip this: ${reason}`);
    });
    return;
  }
  describe.skip(`${name} (skipped: ${reason})`, body);
}
