import { standing } from '../../database/standing.ts';
import { type Criterion, judge } from '../criterion.ts';
import { obstaclesOf } from '../obstacles.ts';

export const userTriggers: Criterion = {
  name: 'tables.user-triggers',
  claim: 'no trigger of yours fires on what the migration and the charges write to the credit tables',
  remedy: 'restrict it with UPDATE OF, disable it, or make sure that it leaves balances, prices and entries alone',
  find: async subject => {
    const { sql, model } = subject;
    const blocking = await obstaclesOf(subject, 'tables.user-triggers');
    const tables = await standing(sql, [model.actions.table, model.log.table]);
    // tgtype: 4 is INSERT, 16 is UPDATE.
    const others = await sql<{ trigger: string }[]>`
      select format('trigger %s on %s', t.tgname, t.tgrelid::regclass) as trigger
        from pg_trigger as t
       where not t.tgisinternal and t.tgenabled <> 'D' and t.tgname not like 'creditshift%'
         and (t.tgrelid = any (${tables}::text[]::regclass[]) and (t.tgtype & 4 > 0 or t.tgtype & 16 > 0 and t.tgattr = '')
              or t.tgrelid = ${model.balances.table.toString()}::regclass and t.tgtype & 4 > 0 and t.tgtype & 16 = 0)
       order by 1`;
    return judge(
      blocking,
      others.map(row => row.trigger),
    );
  },
};
