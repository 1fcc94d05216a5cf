import { readIndexes } from '../../database/indexes.ts';
import { creditTables } from '../../database/standing.ts';
import { type Criterion, judge } from '../criterion.ts';

export const indexesValid: Criterion = {
  name: 'tables.indexes-valid',
  claim: 'every index on the credit tables is valid',
  remedy: 'REINDEX INDEX CONCURRENTLY, or DROP INDEX CONCURRENTLY: every write pays for it, and no query uses it',
  find: async ({ sql, model }) => {
    const invalid = (await readIndexes(sql, await creditTables(sql, model))).filter(index => !index.valid);
    return judge(
      [],
      invalid.map(({ index, table }) => `${index} on ${table}`),
    );
  },
};
