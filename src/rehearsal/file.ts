import { readFile } from 'node:fs/promises';
import type { Config } from '../config/schema.ts';
import { recordedCatalog } from '../database/catalog.ts';
import type { Sql } from '../database/connect.ts';
import { readFacts } from '../database/facts.ts';
import { Problem } from '../problems.ts';
import { type Hashes, hashesOf } from './hashes.ts';

/** What a rehearsal is of, once it is in a database of the throw-away server. */
export interface Loaded {
  of: string;
  hashes: Hashes;
  /** What that server could not hold. */
  skipped: string[];
}

/** The SQL of a file. @throws Problem USAGE */
export async function readText(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(cause => {
    throw new Problem('USAGE', `Cannot read ${file}.`, {
      state: 'No database was touched.',
      next: 'name the SQL file of schema and data',
      cause,
    });
  });
}

/** Loads SQL of schema and data into an empty database. @throws Problem USAGE */
export async function loadFile(sql: Sql, text: string, file: string, config: Config): Promise<Loaded> {
  try {
    await sql.unsafe(text);
  } catch (cause) {
    throw new Problem('USAGE', `${file} does not load: ${(cause as Error).message}.`, {
      state: 'No database of yours was touched.',
      next: 'give a file of plain SQL, as pg_dump --inserts writes it; psql must load it into an empty database',
      cause,
    });
  }
  return { of: file, hashes: hashesOf(config, await readFacts(sql, config), await recordedCatalog(sql)), skipped: [] };
}
