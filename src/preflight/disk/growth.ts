import { type Criterion, judge } from '../criterion.ts';
import { estimate } from './estimate.ts';

/** Bytes that need no thought. */
const LITTLE = 100_000_000;

export const growth: Criterion = {
  name: 'disk.growth',
  claim: 'the migration adds less than a tenth to the database, or less than 100 MB; SQL cannot read the free disk',
  remedy: 'look at the free disk on the server: it has to hold the growth and the WAL, twice over to be at ease',
  find: async subject => {
    const { growth: bytes } = await estimate(subject);
    const [row] = await subject.sql<{ found: string; size: number }[]>`
      select format('about %s more, the database has %s', pg_size_pretty(${bytes}::bigint), pg_size_pretty(size)) as found,
             size from pg_database_size(current_database()) as size`;
    if (!row) throw new Error('the server did not tell the size of the database');
    return judge([], bytes > Math.max(LITTLE, Number(row.size) / 10) ? [row.found] : [], row.found);
  },
};
