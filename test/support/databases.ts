import { inject } from 'vitest';
import { databasesOf } from '../../src/disposable/databases.ts';

/** Databases on the run's server; `stop` drops those that were created here. Cheaper than to borrow it for each test. */
export function databasesHere(url = inject('adminUrl')) {
  const { createDatabase, dropDatabase } = databasesOf(url);
  const created = new Set<string>();
  return {
    url,
    async createDatabase(name: string, template?: string): Promise<string> {
      const target = await createDatabase(name, template);
      created.add(name);
      return target;
    },
    async dropDatabase(name: string): Promise<void> {
      await dropDatabase(name);
      created.delete(name);
    },
    async stop(): Promise<void> {
      for (const name of created) await dropDatabase(name);
    },
  };
}
