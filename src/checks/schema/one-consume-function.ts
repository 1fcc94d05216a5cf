import type { Check } from '../check.ts';
import { select } from '../violations.ts';

export const oneConsumeFunction: Check = {
  name: 'schema.one-consume-function',
  claim: 'callers find exactly one consume function, the new one',
  why: 'a second one of that name takes calls, or makes them ambiguous',
  remedy: 'drop the overload that someone added; every further one makes calls ambiguous or charges the old balance',
  severity: 'failure',
  states: ['cut over', 'contracted'],
  establishedBy: '090_cutover',
  find({ sql, model }) {
    const { schema, consume } = model.functions;
    return select(
      sql,
      `with wanted as (select to_regprocedure(format('%I.%I(%s)', $1::text, $2::text, $3::text)) as oid)
       select format('%s is missing', format('%s.%s(%s)', $1::text, $2::text, $3::text)) from wanted where oid is null
       union all
       select format('%s is a second one', p.oid::regprocedure)
         from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace
        where n.nspname = $1::text and p.proname = $2::text and p.oid is distinct from (select oid from wanted)`,
      [schema, consume.name, consume.signature.text],
    );
  },
};
