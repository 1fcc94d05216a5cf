import type { Queryable } from '../database/connect.ts';

export interface ColumnRow {
  table: string;
  column: string;
  type: string;
  nullable: boolean;
  default: string | null;
  generated: boolean;
}

/** Columns of tables, in their order. */
export async function readColumns(tx: Queryable, tables: readonly string[]): Promise<ColumnRow[]> {
  return tx<ColumnRow[]>`
    select format('%I.%I', n.nspname, c.relname) as "table", a.attname as column,
           format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
           case when a.attidentity <> '' then 'identity' else pg_get_expr(d.adbin, d.adrelid) end as default,
           a.attgenerated <> '' as generated
      from pg_class as c
      join pg_namespace as n on n.oid = c.relnamespace
      join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      left join pg_attrdef as d on d.adrelid = c.oid and d.adnum = a.attnum
     where c.oid = any (${tables}::text[]::regclass[])
     order by array_position(${tables}::text[]::regclass[], c.oid::regclass), a.attnum`;
}

export interface ConstraintRow {
  table: string;
  constraint: string;
  definition: string;
  validated: boolean;
}

export async function readConstraints(tx: Queryable, tables: readonly string[]): Promise<ConstraintRow[]> {
  return tx<ConstraintRow[]>`
    select format('%I.%I', n.nspname, c.relname) as "table", k.conname as constraint,
           pg_get_constraintdef(k.oid) as definition, k.convalidated as validated
      from pg_constraint as k
      join pg_class as c on c.oid = k.conrelid
      join pg_namespace as n on n.oid = c.relnamespace
     where c.oid = any (${tables}::text[]::regclass[])
     order by 1, 2`;
}

export interface IndexRow {
  table: string;
  index: string;
  definition: string;
  valid: boolean;
  /** An index over the same columns that makes this one superfluous. */
  duplicateOf: string | null;
}

/** Indexes; of two over the same columns the unique one stays, then the first by name. */
export async function readIndexes(tx: Queryable, tables: readonly string[]): Promise<IndexRow[]> {
  return tx<IndexRow[]>`
    with indexes as (
      select i.*, x.relname as name, format('%I.%I', n.nspname, c.relname) as "table",
             concat_ws('/', i.indrelid, x.relam, i.indkey, i.indclass, i.indcollation, i.indoption,
               pg_get_expr(i.indexprs, i.indrelid), '|', pg_get_expr(i.indpred, i.indrelid)) as shape
        from pg_index as i
        join pg_class as x on x.oid = i.indexrelid
        join pg_class as c on c.oid = i.indrelid
        join pg_namespace as n on n.oid = c.relnamespace
       where i.indrelid = any (${tables}::text[]::regclass[])
    )
    select i."table", i.name as index, pg_get_indexdef(i.indexrelid) as definition, i.indisvalid as valid,
           (select o.name from indexes as o
             where o.shape = i.shape and o.indexrelid <> i.indexrelid and not i.indisunique
               and (o.indisunique or o.name < i.name)
             order by o.indisunique desc, o.name limit 1) as "duplicateOf"
      from indexes as i
     order by 1, 2`;
}

export interface TriggerRow {
  table: string;
  trigger: string;
  definition: string;
  enabled: boolean;
}

/** Triggers that are not part of a constraint. */
export async function readTriggers(tx: Queryable, tables: readonly string[]): Promise<TriggerRow[]> {
  return tx<TriggerRow[]>`
    select format('%I.%I', n.nspname, c.relname) as "table", t.tgname as trigger,
           pg_get_triggerdef(t.oid) as definition, t.tgenabled <> 'D' as enabled
      from pg_trigger as t
      join pg_class as c on c.oid = t.tgrelid
      join pg_namespace as n on n.oid = c.relnamespace
     where c.oid = any (${tables}::text[]::regclass[]) and not t.tgisinternal
     order by 1, 2`;
}
