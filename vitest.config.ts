import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tests/**/*.test.ts', 'tools/**/*.test.ts'],
    setupFiles: ['tests/environment.ts', 'tests/property-seed.ts'],
    isolate: false,
    // What hangs is found out in the end; a machine with much else to do is given the time.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 120_000 } },
    reporters: ['default'],
  },
});
