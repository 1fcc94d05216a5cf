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
