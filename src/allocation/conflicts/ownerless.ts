import { quoteIdentifier as q } from '../../config/names.ts';
import { type Conflict, LISTED, type Question } from './conflict.ts';

/** Credits rows whose owner is null, called by their primary key. No policy keeps them: the ledger is by owner. */
export async function ownerless({ tx, model }: Question): Promise<Conflict[]> {
  const { table, owner } = model.balances;
  const keys = await tx<{ name: string }[]>`
    select a.attname as name from pg_index as i
      join pg_attribute as a on a.attrelid = i.indrelid and a.attnum = any (i.indkey)
     where i.indrelid = ${table.toString()}::regclass and i.indisprimary order by a.attnum`;
  const called = keys.map(
    ({ name }) => `format('%s %s', '${name.replaceAll("'", "''").replaceAll('%', '%%')}', t.${q(name)})`,
  );
  const [row] = await tx.unsafe<{ count: number; rows: string[] }[]>(
    `select count(*)::integer as count, coalesce(json_agg(called order by place) filter (where place <= ${LISTED}), '[]') as rows
       from (select ${called.length > 0 ? `concat_ws(', ', ${called.join(', ')})` : 't.ctid::text'} as called, row_number() over () as place
               from ${table} as t where t.${q(owner)} is null) as alone`,
  );
  if (!row || row.count === 0) return [];
  const rows = row.count === 1 ? '1 credits row has' : `${row.count} credits rows have`;
  return [
    {
      code: 'WITHOUT_OWNER',
      severity: 'blocks',
      value: null,
      count: 0,
      organizations: [],
      message: `${rows} no owner (${row.rows.join('; ')}); give each one, or delete it: a balance of nobody has no pools`,
    },
  ];
}
