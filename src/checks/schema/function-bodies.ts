import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { select } from '../violations.ts';
import { installedFunctions } from './installed.ts';

export const functionBodies: Check = {
  name: 'schema.function-bodies',
  claim: 'every function is as it was installed: body, owner, search_path and rights',
  why: 'a replaced function may charge another price, or skip the ledger',
  remedy:
    'find out who changed it; put it back from creditshift.history (column sql of the step) or creditshift plan --sql',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '050_functions',
  find: async ({ sql, model }) =>
    select(
      sql,
      `with wanted as (
         select w.*, to_regprocedure(w.identity) as oid
           from jsonb_to_recordset($1::text::jsonb) as w (identity text, bodies jsonb, "securityDefiner" boolean, volatility text)
       )
       select format('%s %s', w.identity,
                case when p.oid is null then 'is missing'
                     when not w.bodies ? p.prosrc then 'has another body'
                     when pg_get_userbyid(p.proowner) <> $2::text then 'belongs to ' || pg_get_userbyid(p.proowner)
                     else 'has other attributes' end)
         from wanted as w
         left join pg_proc as p on p.oid = w.oid
        where (w.bodies ? p.prosrc and pg_get_userbyid(p.proowner) = $2::text and p.prosecdef = w."securityDefiner"
               and p.provolatile = w.volatility::"char" and p.proconfig = '{"search_path=pg_catalog, pg_temp"}') is not true
       union all
       select format('%s was not installed by creditshift', p.oid::regprocedure)
         from pg_proc as p
        where p.pronamespace = 'creditshift'::regnamespace and p.oid not in (select oid from wanted where oid is not null)`,
      [await installedFunctions(sql, model), model.balances.role],
    ),
};
