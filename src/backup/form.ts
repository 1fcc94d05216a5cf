import type { Queryable, Transaction } from '../database/connect.ts';
import type { CopyTable } from './copy-set.ts';

/**
 * Text that means the same on whichever server it is written: values in one form, names with their schema. For the rest
 * of the transaction.
 */
export async function writeOneForm(tx: Transaction): Promise<void> {
  await tx.unsafe(`set local datestyle = 'ISO'; set local intervalstyle = 'postgres'; set local timezone = 'UTC';
    set local extra_float_digits = 3; set local bytea_output = 'hex'; set local search_path = ''`);
}

/**
 * The body of a CTE: the tables of a backup with the columns (attnums) that are in it, whether these are all, and the
 * name by which a catalog under an empty search_path calls the table.
 */
export const copiedTables = (tx: Queryable, tables: readonly CopyTable[]) => tx`
  select c.oid, c.relkind, c.relrowsecurity, c.relforcerowsecurity, format('%I.%I', n.nspname, c.relname) as name, whole,
         array(select a.attnum from pg_attribute as a
                where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                  and (whole or a.attname in (select json_array_elements_text(list.columns)))) as attnums
    from json_to_recordset(${JSON.stringify(tables.map(listed))}::text::json)
           as list (name text, columns json, whole boolean)
    join pg_class as c on c.oid = list.name::regclass
    join pg_namespace as n on n.oid = c.relnamespace`;

const listed = ({ table, columns, partial }: CopyTable) => ({ name: table.toString(), columns, whole: !partial });

/** A condition on pg_constraint `k`: all that it speaks of is in the backup. Needs a CTE `copied`. */
export const withinCopied = (tx: Queryable) => tx`
  (exists (select from copied as c where c.oid = k.conrelid and k.conkey <@ c.attnums)
   and (k.contype <> 'f' or exists (select from copied as c where c.oid = k.confrelid and k.confkey <@ c.attnums)))`;
