import { type Criterion, judge } from '../criterion.ts';

export const logCascades: Criterion = {
  name: 'tables.log-cascades',
  claim:
    'no foreign key changes or removes rows of the log with the row that they refer to: of an entry that is refused',
  remedy:
    'let it do nothing, or go on: what is deleted elsewhere is then refused while an entry names it; a user after audit anonymize --user',
  find: async ({ sql, model }) => {
    const keys = await sql<{ line: string }[]>`
      select format('foreign key %s: %s of a row of %s', k.conname, d.events, k.confrelid::regclass) as line
        from pg_constraint as k
        cross join lateral (select concat_ws(' and ', case when k.confdeltype in ('c', 'n', 'd') then 'the deletion' end,
                                                 case when k.confupdtype in ('c', 'n', 'd') then 'a new key' end)) as d (events)
       where k.conrelid = to_regclass(${model.log.table.toString()}) and k.contype = 'f' and d.events <> ''
       order by 1`;
    return judge(
      [],
      keys.map(key => key.line),
    );
  },
};
