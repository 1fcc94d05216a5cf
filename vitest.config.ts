import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/temporary.ts', 'test/support/server.ts'],
    // One server for the run: a third worker uses what two leave of two cores while they wait, more only make them fight.
    maxWorkers: 3,
    // A hang ends; nothing is timed by it.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    env: { LANG: 'C', NO_COLOR: '1' },
  },
});
