import type { Model } from '../../config/model.ts';

/**
 * SQL, to follow `with`: functions that run with their owner's rights, of the toolkit or with a credit table's name in
 * their body, and their recorded definition without its body. What was set aside cannot be reached; what stands behind a
 * shim is reached through it, by its name. $1 is namesOf().
 */
export const DEFINERS = `definers as (
  select p.*, reached.identity, r.definition as recorded,
         regexp_replace(r.definition, e'\\n(AS |BEGIN ATOMIC|RETURN ).*', '') as header
    from pg_proc as p
    join pg_namespace as n on n.oid = p.pronamespace
    left join pg_proc as shim on n.nspname = 'creditshift_shadow' and shim.proname = p.proname
          and shim.proargtypes = p.proargtypes and shim.prosrc like '%creditshift\\_shadow.%'
    cross join lateral (select coalesce(shim.oid, p.oid)::regprocedure::text) as reached (identity)
    left join recorded as r on r.kind = 'function' and r.identity = reached.identity
   where p.prosecdef and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'creditshift_aside')
     and (n.nspname = 'creditshift'
          or coalesce(pg_get_function_sqlbody(p.oid), p.prosrc) ~* $1::text)
)`;

/** A regular expression of the names of the credit tables, as words. */
export const namesOf = ({ balances, actions, log }: Model): string =>
  `\\m(${[balances, actions, log].map(({ table }) => table.name.replace(/\W/g, '\\$&')).join('|')})\\M`;
