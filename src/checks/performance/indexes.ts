import { readIndexes } from '../../database/indexes.ts';
import { creditTables, stands } from '../../database/standing.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { listed } from '../violations.ts';

export const indexes: Check = {
  name: 'performance.indexes',
  claim: 'balances and log have an index on the organization, and no index on the credit tables is there twice',
  why: 'a balance by scan is slow for one and a lock queue for all',
  remedy:
    'CREATE INDEX CONCURRENTLY on the organization; DROP INDEX CONCURRENTLY the duplicate: every write pays for it',
  severity: 'warning',
  states: MIGRATED,
  async find({ sql, model }) {
    const { balances, log } = model;
    const recorded = await sql<{ identity: string }[]>`
      select e.identity
        from creditshift.revisions as r, jsonb_to_recordset(r.catalog) as e (kind text, identity text)
       where r.revision = 1 and e.kind = 'index'`;
    const before = new Set(recorded.map(({ identity }) => identity));
    const found = await readIndexes(sql, await creditTables(sql, model));
    const duplicates = found
      .filter(index => index.duplicateOf !== null)
      .map(({ index, identity, table, duplicateOf }) => {
        const inherited = before.has(identity) ? ' (as before the migration)' : '';
        return `${index} on ${table} is ${duplicateOf} once more${inherited}`;
      });
    const missing: string[] = [];
    for (const { table, owner } of [balances, log]) {
      if (!(await stands(sql, table))) continue;
      const [row] = await sql<{ indexed: boolean }[]>`
        select exists (select from pg_index as i
                         join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = i.indkey[0]
                        where i.indrelid = ${table.toString()}::regclass and i.indisvalid and i.indpred is null
                          and a.attname = ${owner}) as indexed`;
      if (!row?.indexed) missing.push(`no index on ${table.schema}.${table.name} begins with ${owner}`);
    }
    return listed([...missing, ...duplicates]);
  },
};
