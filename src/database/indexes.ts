import type { Qualified } from '../config/names.ts';
import type { Queryable, Sql } from './connect.ts';
import { DEFAULT_LADDER, type Ladder, withLadder } from './ladder.ts';

/** An index that a step wants: the statement that builds it concurrently, its name and its table. */
export interface WantedIndex {
  name: string;
  table: Qualified;
  statement: string;
}

/** An index as it is; `definition` is PostgreSQL's own, without the table it is on. */
export interface FoundIndex {
  /** Quoted, with its schema where the search_path needs it. */
  identity: string;
  /** Valid and ready. */
  sound: boolean;
  definition: string;
}

/** The index of that name on that table. */
export async function findIndex(sql: Queryable, name: string, table: Qualified): Promise<FoundIndex | undefined> {
  const [row] = await sql<FoundIndex[]>`
    select format('%I.%I', n.nspname, c.relname) as identity, i.indisvalid and i.indisready as sound,
           replace(pg_get_indexdef(c.oid), format(' ON %I.%I USING ', n.nspname, t.relname), ' USING ') as definition
      from pg_index as i
      join pg_class as c on c.oid = i.indexrelid
      join pg_class as t on t.oid = i.indrelid
      join pg_namespace as n on n.oid = t.relnamespace
     where c.relname = ${name} and i.indrelid = to_regclass(${table.toString()})`;
  return row;
}

/** The definition that the statement leads to, as PostgreSQL writes it: read from an empty copy that is rolled back. */
export async function wantedDefinition(
  sql: Sql,
  wanted: WantedIndex,
  ladder: Ladder = DEFAULT_LADDER,
): Promise<string> {
  const copy = 'creditshift.wanted';
  const statement = wanted.statement.replace(' concurrently ', ' ').replace(` ${wanted.table} `, ` ${copy} `);
  const undo = new Error('read, not kept');
  let definition: string | undefined;
  const locks = [{ table: wanted.table.toString(), mode: 'ACCESS SHARE' }];
  const read = withLadder(
    sql,
    locks,
    async tx => {
      await tx.unsafe(`create table ${copy} (like ${wanted.table}); ${statement}`);
      const [row] = await tx<{ definition: string }[]>`
        select replace(pg_get_indexdef(indexrelid), ' ON creditshift.wanted USING ', ' USING ') as definition
          from pg_index where indrelid = 'creditshift.wanted'::regclass`;
      definition = row?.definition;
      throw undo;
    },
    ladder,
  );
  await read.catch(error => {
    if (error !== undo) throw error;
  });
  if (definition === undefined) throw new Error(`no index came of: ${statement}`);
  return definition;
}

/** An index of a table; `identity` is its name with its schema, as the recorded catalog has it. */
export interface IndexRow {
  table: string;
  index: string;
  identity: string;
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
             format('%I.%I', n.nspname, x.relname) as identity,
             concat_ws('/', i.indrelid, x.relam, i.indkey, i.indclass, i.indcollation, i.indoption,
               pg_get_expr(i.indexprs, i.indrelid), '|', pg_get_expr(i.indpred, i.indrelid)) as shape
        from pg_index as i
        join pg_class as x on x.oid = i.indexrelid
        join pg_class as c on c.oid = i.indrelid
        join pg_namespace as n on n.oid = c.relnamespace
       where i.indrelid = any (${tables}::text[]::regclass[])
    )
    select i."table", i.name as index, i.identity, pg_get_indexdef(i.indexrelid) as definition, i.indisvalid as valid,
           (select o.name from indexes as o
             where o.shape = i.shape and o.indexrelid <> i.indexrelid and not i.indisunique
               and (o.indisunique or o.name < i.name)
             order by o.indisunique desc, o.name limit 1) as "duplicateOf"
      from indexes as i
     order by 1, 2`;
}

/** A concurrent build at work, as the server tells. */
export interface Build {
  pid: number;
  application: string;
  phase: string;
  blocks: number;
  /** 0 in a phase that does not scan. */
  blocksTotal: number;
}

/** The build of that index by any session of this database: one that waits for its first lock is not in the progress view. */
export async function findBuild(sql: Queryable, name: string, table: Qualified): Promise<Build | undefined> {
  const [row] = await sql<Build[]>`
    select a.pid, a.application_name as application, coalesce(p.phase, 'waiting for the table') as phase,
           coalesce(p.blocks_done, 0) as blocks,
           case when p.phase like '%scanning%' then p.blocks_total else 0 end as "blocksTotal"
      from pg_stat_activity as a
      left join pg_stat_progress_create_index as p on p.pid = a.pid
     where a.datname = current_database() and a.state = 'active' and a.pid <> pg_backend_pid()
       and (p.index_relid in (select c.oid from pg_class as c join pg_index as i on i.indexrelid = c.oid
                               where c.relname = ${name} and i.indrelid = to_regclass(${table.toString()}))
            or a.query ~* ${`^\\s*create\\s+(unique\\s+)?index\\s+concurrently\\s+"?${name}"?\\s`})`;
  return row;
}
