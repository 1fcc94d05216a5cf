import { readIndexes } from '../../database/indexes.ts';
import { creditTables } from '../../database/standing.ts';
import { type Criterion, judge } from '../criterion.ts';

export const duplicateIndexes: Criterion = {
  name: 'tables.duplicate-indexes',
  claim: 'no index on the credit tables is there twice',
  remedy:
    'DROP INDEX CONCURRENTLY it before the migration: every charge, and every page of the allocation, writes both',
  find: async ({ sql, model }) => {
    const twice = (await readIndexes(sql, await creditTables(sql, model))).filter(index => index.duplicateOf !== null);
    return judge(
      [],
      twice.map(({ index, table, duplicateOf }) => `${index} on ${table} is ${duplicateOf} once more`),
    );
  },
};
