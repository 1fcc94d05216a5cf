import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { packageRoot } from '../config/render.ts';
import type { Config } from '../config/schema.ts';
import { recordedCatalog } from '../database/catalog.ts';
import { connect, type Sql } from '../database/connect.ts';
import { readFacts } from '../database/facts.ts';
import type { DisposableServer } from '../disposable/server.ts';
import { startServer } from '../disposable/start.ts';
import { counted } from '../output/counted.ts';
import type { Block, Result } from '../output/types.ts';
import { EXIT, Problem } from '../problems.ts';
import { type Hashes, hashesOf } from '../rehearsal/hashes.ts';
import { prepareRecord, type Rehearsal, rehearsalFile, writeRecord } from '../rehearsal/record.ts';
import { version } from '../version.ts';
import type { Context } from './context.ts';
import { METHODS, type Phase, type Rehearsed, rehearse, WAY_BACK } from './rehearse.ts';

/** Minutes that the source documents promise for each way back. */
const PROMISED = { disable: 2, drop: 5, restore: 15 } as const;
const BASE = `creditshift_dry_run_base_${process.pid}`;

export interface DryRunOptions {
  /** SQL of schema and data; the example when absent. */
  file?: string;
  server?: string;
  /** Where the record goes; creditshift-state/rehearsal.json when absent. */
  out?: string;
}

/** The whole cycle on a disposable server, once a rollback method, and its record for `verify`. */
export async function dryRun(context: Context, options: DryRunOptions = {}): Promise<Result> {
  const config = await loadConfig(context.configPath);
  const file = options.file ?? join(packageRoot, 'examples', 'guardian-legacy.sql');
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new Problem('USAGE', `Cannot read ${file}.`, {
      state: 'No database was touched.',
      next: 'name the SQL file of schema and data',
      cause,
    });
  });
  const record = options.out === undefined ? rehearsalFile(context.folder) : resolve(context.folder, options.out);
  await prepareRecord(record);
  const server = await startServer(options.server ?? 'embedded');
  const folder = await mkdtemp(join(tmpdir(), 'creditshift-dry-run-'));
  try {
    const hashes = await load(server, text, file, config);
    const rehearsed: Rehearsed[] = [];
    for (const method of METHODS) rehearsed.push(await rehearse(context, server, BASE, folder, method));
    const rehearsal = rehearsalOf(file, server.label, hashes, rehearsed);
    await writeRecord(record, rehearsal);
    return report(rehearsal, rehearsed, record);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

function rehearsalOf(of: string, server: string, hashes: Hashes, rehearsed: readonly Rehearsed[]): Rehearsal {
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
    skipped: [...new Set(rehearsed.flatMap(r => r.skipped))],
    hashes,
    waysBack: rehearsed.map(({ method, phases }) => ({
      method,
      seconds: phases.find(p => p.phase === WAY_BACK)?.seconds ?? 0,
      promisedSeconds: PROMISED[method] * 60,
    })),
  };
}

/** Loads the file into the database that is copied, and says what it is. */
async function load(server: DisposableServer, text: string, file: string, config: Config): Promise<Hashes> {
  const { sql } = await connect({ url: await server.createDatabase(BASE), environment: {} });
  try {
    await loadText(sql, text, file);
    return hashesOf(config, await readFacts(sql, config), await recordedCatalog(sql));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

async function loadText(sql: Sql, text: string, file: string): Promise<void> {
  try {
    await sql.unsafe(text);
  } catch (cause) {
    throw new Problem('USAGE', `${file} does not load: ${(cause as Error).message}.`, {
      state: 'No database of yours was touched.',
      next: 'give a file of plain SQL, as pg_dump --inserts writes it; psql must load it into an empty database',
      cause,
    });
  }
}

function report(rehearsal: Rehearsal, rehearsed: readonly Rehearsed[], record: string): Result {
  const { faults, skipped, waysBack } = rehearsal;
  const names = rehearsed[0]?.phases.map(p => p.phase) ?? [];
  const cell = (phase: Phase | undefined) =>
    phase ? `${phase.faults.length > 0 ? 'DIFFERS' : 'ok'} ${phase.seconds.toFixed(2)} s` : '–';
  const blocks: Block[] = [
    { kind: 'title', text: `Dry run of ${rehearsal.of} on ${rehearsal.server}` },
    {
      kind: 'table',
      columns: [{ title: 'phase' }, ...rehearsed.map(r => ({ title: r.method, align: 'right' as const }))],
      rows: names.map((name, index) => [name, ...rehearsed.map(r => cell(r.phases[index]))]),
    },
    {
      kind: 'table',
      columns: [{ title: 'way back' }, ...rehearsed.map(r => ({ title: r.method, align: 'right' as const }))],
      rows: [
        ['measured here', ...waysBack.map(w => `${w.seconds.toFixed(2)} s`)],
        ['the documents promise', ...waysBack.map(w => `${w.promisedSeconds / 60} min`)],
      ],
    },
    ...skipped.map(text => ({ kind: 'mark' as const, tone: 'warn' as const, text: `Not rehearsed: ${text}` })),
    ...rehearsed.flatMap(keptBlocks),
    ...faults.map(text => ({ kind: 'mark' as const, tone: 'bad' as const, text })),
    faults.length === 0
      ? {
          kind: 'mark',
          tone: 'good',
          text: 'No difference: every way back restored catalog, data and balances, and forward again passed.',
        }
      : { kind: 'mark', tone: 'bad', text: `${counted(faults.length, 'difference')}.` },
    { kind: 'text', text: `Recorded in ${record}; creditshift verify says whether it is of the database it looks at.` },
  ];
  return {
    document: { ...rehearsal, record, rehearsed },
    blocks,
    exitCode: faults.length === 0 ? EXIT.done : EXIT.verification,
  };
}

/** Rows that stay after a way back that otherwise leaves nothing; after `disable` it goes without saying. */
function keptBlocks({ method, kept }: Rehearsed): Block[] {
  if (method === 'disable') return [];
  const line = (what: string, keys: readonly string[]): Block[] =>
    keys.length === 0
      ? []
      : [{ kind: 'text', tone: 'dim', text: `${method} keeps ${what}: ${keys.slice(0, 20).join(', ')}` }];
  return [
    ...line('actions that log entries refer to', kept.actions),
    ...line('balance rows made by the migration and used since', kept.organizations),
  ];
}
