import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CopyTable, type Notes, nameOf, type Watch, writeCopySet } from '../../src/backup/copy-set.ts';
import { parseQualified } from '../../src/config/names.ts';
import { connect, type ServerFacts, type Sql } from '../../src/database/connect.ts';
import type { Problem } from '../../src/problems.ts';

export const NOTES: Notes = {
  migration: { started: false, journalHead: null, steps: [] },
  config: { version: 1 },
  facts: {},
  definitions: [],
};

export const newPlace = (): string => mkdtempSync(join(tmpdir(), 'creditshift-backup-'));

export const copyTable = (table: string, columns: string[], query?: string): CopyTable => {
  const qualified = parseQualified(table);
  return { name: nameOf(qualified), table: qualified, columns, ...(query && { query }) };
};

export const BALANCES = copyTable('public.organization_credits', ['organization_id', 'credits_remaining']);
export const LOG = copyTable('public.credit_consumption_logs', ['organization_id', 'credits_consumed']);

/** The URL with options of the server's session, as libpq takes them. */
export const withSettings = (url: string, options: string): string => `${url}?options=${encodeURIComponent(options)}`;

/** Writes tables of a database as a backup. */
export async function write(url: string, folder: string, tables: CopyTable[], watch?: Watch) {
  return withServer(url, (sql, server) => writeCopySet(sql, server, folder, 'backup', tables, NOTES, watch));
}

export async function withServer<T>(url: string, body: (sql: Sql, server: ServerFacts) => Promise<T>): Promise<T> {
  const { sql, server } = await connect({ url, environment: {} }, 'test');
  return body(sql, server).finally(() => sql.end({ timeout: 1 }));
}

/** The Problem that something fails with. */
export async function problemOf(attempt: Promise<unknown>): Promise<Problem> {
  const outcome = await attempt.then(
    value => ({ value }),
    error => ({ error }),
  );
  if ('error' in outcome) return outcome.error;
  throw new Error(`no problem, but ${JSON.stringify(outcome.value)}`);
}
