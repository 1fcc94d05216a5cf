import { rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { packageRoot } from '../../config/render.ts';
import { connect } from '../../database/connect.ts';
import { ownFolder } from '../../disposable/orphans.ts';
import { type ServerOptions, startServer } from '../../disposable/start.ts';
import type { Result } from '../../output/types.ts';
import { Problem } from '../../problems.ts';
import { type Loaded, loadFile, readText } from '../../rehearsal/file.ts';
import { prepareRecord, type Rehearsal, rehearsalFile, writeRecord } from '../../rehearsal/record.ts';
import { loadSource } from '../../rehearsal/source/load.ts';
import { readSource } from '../../rehearsal/source/read.ts';
import { dropRoles } from '../../rehearsal/source/roles.ts';
import { version } from '../../version.ts';
import type { Context } from '../session/context.ts';
import { METHODS, type Rehearsed, rehearse, WAY_BACK } from './rehearse.ts';
import { reportRehearsal } from './report.ts';

/** Minutes that the source documents promise for each way back. */
const PROMISED = { disable: 2, drop: 5, restore: 15 } as const;
const BASE = 'rehearsed';

export interface DryRunOptions extends ServerOptions {
  /** SQL of schema and data; the example when absent. */
  file?: string;
  /** URL of a database that is rehearsed on a copy; it is only read. */
  from?: string;
  /** Where the record goes; creditshift-state/rehearsal.json when absent. */
  out?: string;
}

/** The whole cycle on a disposable server, once a rollback method, and its record for `verify`. */
export async function dryRun(context: Context, options: DryRunOptions = {}): Promise<Result> {
  const record = options.out === undefined ? rehearsalFile(context.folder) : resolve(context.folder, options.out);
  const folder = ownFolder();
  try {
    const { load, major } = await opened(context, options, folder);
    await prepareRecord(record);
    const server = await startServer(options, major, context.target.environment);
    const roles: string[] = [];
    try {
      const loaded = await load(await server.createDatabase(BASE), roles);
      const rehearsed: Rehearsed[] = [];
      for (const method of METHODS) rehearsed.push(await rehearse(context, server, BASE, folder, method));
      const rehearsal = rehearsalOf(loaded, server.label, rehearsed);
      await writeRecord(record, rehearsal);
      return reportRehearsal(rehearsal, rehearsed, record);
    } finally {
      await server.dropDatabase(BASE).catch(() => {});
      // Of a borrowed server nothing may tell that it was used.
      await withDatabase(server.url, sql => dropRoles(sql, roles)).catch(() => {});
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

interface Opened {
  load: (url: string, roles: string[]) => Promise<Loaded>;
  /** Version that it comes from, as far as that is known. */
  major: string | undefined;
}

/** Reads what is rehearsed, before a server is started; what comes back puts it into an empty database. */
async function opened(context: Context, { file, from }: DryRunOptions, folder: string): Promise<Opened> {
  const config = await loadConfig(context.configPath);
  if (from === undefined) {
    const path = file ?? join(packageRoot, 'examples', 'guardian-legacy.sql');
    const text = await readText(path);
    return {
      load: url => withDatabase(url, sql => loadFile(sql, text, path, config)),
      major: /^-- Dumped from database version (\d+)/m.exec(text)?.[1],
    };
  }
  if (file !== undefined) {
    throw new Problem('USAGE', 'A file and --from at once: only one can be rehearsed.', {
      state: 'No database was touched.',
      next: 'creditshift dry-run --help',
    });
  }
  context.progress({ event: 'note', text: 'reading the source', routine: true });
  const { environment } = context.target;
  const source = await readSource(from, environment, config, folder, context.stopping);
  const load: Opened['load'] = (url, roles) =>
    withDatabase(url, async sql => {
      const leftOut = await loadSource(sql, url, source, { PATH: environment.PATH }, config, roles);
      return { of: source.label, hashes: source.hashes, skipped: leftOut.map(line => `left out of the copy: ${line}`) };
    });
  return { load, major: source.major };
}

async function withDatabase<T>(url: string, body: (sql: Awaited<ReturnType<typeof connect>>['sql']) => Promise<T>) {
  const { sql } = await connect({ url, environment: {} });
  try {
    return await body(sql);
  } finally {
    await sql.end({ timeout: 2 });
  }
}

function rehearsalOf({ of, hashes, skipped }: Loaded, server: string, rehearsed: readonly Rehearsed[]): Rehearsal {
  const faults = rehearsed.flatMap(r =>
    r.phases.flatMap(p => p.faults.map(fault => `${r.method}, ${p.phase}: ${fault}`)),
  );
  return {
    creditshift: version,
    at: new Date().toISOString(),
    of,
    server,
    outcome: faults.length === 0 ? 'passed' : 'differences',
    faults,
    skipped: [...skipped, ...new Set(rehearsed.flatMap(r => r.skipped))],
    hashes,
    waysBack: rehearsed.map(({ method, phases, skipped: _, ...figures }) => ({
      method,
      seconds: phases.find(p => p.phase === WAY_BACK)?.seconds ?? 0,
      promisedSeconds: PROMISED[method] * 60,
      phases,
      ...figures,
    })),
  };
}
