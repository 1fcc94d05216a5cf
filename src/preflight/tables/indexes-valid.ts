import { readIndexes } from '../../database/indexes.ts';
import { type Criterion, creditTables, judge } from '../criterion.ts';

export const indexesValid: Criterion = {
  name: 'tables.indexes-valid',
  claim: 'every index on the credit tables is valid',
  remedy: 'REINDEX INDEX CONCURRENTLY, or DROP INDEX CONCURRENTLY: every write pays for it, and no query uses it',
  find: async ({ sql, model }) => {
    const invalid = (await readIndexes(sql, creditTables(model))).filter(index => !index.valid);
    return judge(
      [],
      invalid.map(({ index, table }) => `${index} on ${table}`),
    );
  },
};
