import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: 'test/support/server.ts',
    // One server for the run; more workers only make its two cores fight.
    maxWorkers: 2,
    testTimeout: 0,
    hookTimeout: 0,
    env: { LANG: 'C', NO_COLOR: '1' },
  },
});
