import { priceList } from '../../allocation/conflicts/actions.ts';
import { quoteIdentifier } from '../../config/names.ts';
import { stands } from '../../database/standing.ts';
import { type Criterion, judge } from '../criterion.ts';

export const loggedActions: Criterion = {
  name: 'plan.logged-actions',
  claim: 'every action in the log is in the catalogue, or at least in the price list',
  remedy: 'add it to catalogue, where it is still called: its calls will answer UNKNOWN_ACTION',
  find: async ({ sql, config, model }) => {
    const { table, action, at } = model.log;
    if (!(await stands(sql, table))) return judge([], []);
    const known = [
      ...Object.keys(config.catalogue),
      ...(await priceList({ tx: sql, model })).map(row => row.action),
      ...model.pools.map(pool => `${pool.name}_consumption`),
    ];
    const name = `${quoteIdentifier(action)}::text`;
    const rows = await sql.unsafe<{ found: string }[]>(
      `select format('%s: %s entries, the last at %s', ${name}, count(*), max(${quoteIdentifier(at)})) as found
         from ${table} where ${name} <> all ($1::text[]) group by ${name} order by count(*) desc, 1`,
      [known],
    );
    return judge(
      [],
      rows.map(row => row.found),
    );
  },
};
