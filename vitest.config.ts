import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/temporary.ts', 'test/support/server.ts'],
    // One server for the run; more workers only make its two cores fight.
    maxWorkers: 2,
    // Loading the program anew for each file was a seventh of the work of a run.
    isolate: false,
    // A hang ends; nothing is timed by it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { LANG: 'C', NO_COLOR: '1' },
  },
});
