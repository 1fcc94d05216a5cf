import { nameOf, writeSnapshot } from '../backup/copy-set.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import type { Queryable, ServerFacts } from '../database/connect.ts';
import type { Run } from '../steps/run.ts';
import type { Rows } from './remove.ts';
import { HORIZON, type Outgoing, outgoing } from './select.ts';

/** Rows that would go at this moment, and what goes with it. */
export async function rowsGoing(tx: Queryable, model: Run['model'], kept: string): Promise<Rows> {
  await tx.unsafe(`set local timezone = 'UTC'; set local row_security = off; set local statement_timeout = 0`);
  const [row] = await tx.unsafe<{ horizon: string }[]>(`select ${HORIZON} as horizon`);
  const [rows] = await tx.unsafe<Rows[]>(
    `select (count(*) filter (where l.sequence is not null))::integer as entries,
            (count(*) filter (where l.sequence is null))::integer as refusals
       from ${model.log.table} as l where ${outgoing(model, { kept, horizon: row?.horizon ?? '' })}`,
  );
  return rows ?? { entries: 0, refusals: 0 };
}

/**
 * Writes what goes to a folder of private files, of one snapshot, and reads it back.
 * @returns what may go after that: only what is in the archive
 * @throws Problem ARCHIVE_FAILED, INTERRUPTED
 */
export async function archiveRows(
  run: Run,
  server: ServerFacts,
  folder: string,
  kept: string,
): Promise<{ going: Outgoing; rows: number; sha256: string }> {
  const { table } = run.model.log;
  const going: Outgoing = { kept, horizon: '' };
  const contents = async (tx: Queryable) => {
    const [row] = await tx.unsafe<{ horizon: string; columns: string[] }[]>(
      `select ${HORIZON} as horizon,
              (select json_agg(a.attname order by a.attnum) from pg_attribute as a
                where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns`,
      [table.toString()],
    );
    going.horizon = row?.horizon ?? '';
    const columns = row?.columns ?? [];
    const query = `select ${columns.map(column => `l.${q(column)}`).join(', ')} from ${table} as l where ${outgoing(run.model, going)}`;
    const [head] = await tx<{ position: number; hash: string }[]>`
      select position::integer as position, hash from creditshift.journal order by position desc limit 1`;
    return {
      migration: { started: true, journalHead: head ?? null, steps: [] },
      config: run.config,
      facts: run.facts,
      definitions: [],
      tables: [{ name: nameOf(table), table, columns, partial: true, query }],
    };
  };
  const { progress, stopping } = run;
  const manifest = await writeSnapshot(run.sql, server, folder, 'retention', contents, { progress, stopping });
  const [file] = manifest.files;
  return { going, rows: file?.rows ?? 0, sha256: file?.sha256 ?? '' };
}
