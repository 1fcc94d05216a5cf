import { defineConfig } from 'vitest/config';

/** What has to do with no database, with servers of fixed versions, or with the text of the documents. */
const ELSEWHERE = ['architecture', 'config', 'disposable', 'docs'].map(folder => `test/${folder}/**`);

/** The database tests on each embedded version, one after the other; `--project postgres-17` runs one of them. */
export default defineConfig({
  test: {
    projects: ['15', '16', '17', '18'].map((major, index) => ({
      extends: './vitest.config.ts',
      test: {
        name: `postgres-${major}`,
        exclude: ELSEWHERE,
        env: { TEST_POSTGRES: major },
        sequence: { groupOrder: index },
      },
    })),
    maxWorkers: 2,
  },
});
