import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../config/render.ts';
import { connect } from '../database/connect.ts';
import type { DisposableServer } from '../disposable/server.ts';
import { startServer } from '../disposable/start.ts';
import type { Block, Result } from '../output/types.ts';
import { EXIT, Problem } from '../problems.ts';
import type { Context } from './context.ts';
import { METHODS, type Phase, type Rehearsed, rehearse, WAY_BACK } from './rehearse.ts';

/** Minutes that the source documents promise for each way back. */
const PROMISED = { disable: 2, drop: 5, restore: 15 } as const;
const BASE = `creditshift_dry_run_base_${process.pid}`;

/**
 * The whole cycle on a disposable server, once a rollback method. `file` is the SQL of schema and data; the example when
 * absent.
 */
export async function dryRun(context: Context, options: { file?: string; server?: string } = {}): Promise<Result> {
  const file = options.file ?? join(packageRoot, 'examples', 'guardian-legacy.sql');
  const text = await readFile(file, 'utf8').catch(cause => {
    throw new Problem('USAGE', `Cannot read ${file}.`, {
      state: 'No database was touched.',
      next: 'name the SQL file of schema and data',
      cause,
    });
  });
  const server = await startServer(options.server ?? 'embedded');
  const folder = await mkdtemp(join(tmpdir(), 'creditshift-dry-run-'));
  try {
    await load(server, text, file);
    const rehearsed: Rehearsed[] = [];
    for (const method of METHODS) rehearsed.push(await rehearse(context, server, BASE, folder, method));
    return report(server.label, file, rehearsed);
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function load(server: DisposableServer, text: string, file: string): Promise<void> {
  const { sql } = await connect({ url: await server.createDatabase(BASE), environment: {} });
  try {
    await sql.unsafe(text);
  } catch (cause) {
    throw new Problem('USAGE', `${file} does not load: ${(cause as Error).message}.`, {
      state: 'No database of yours was touched.',
      next: 'give a file of plain SQL, as pg_dump --inserts writes it; psql must load it into an empty database',
      cause,
    });
  } finally {
    await sql.end({ timeout: 2 });
  }
}

function report(label: string, file: string, rehearsed: readonly Rehearsed[]): Result {
  const names = rehearsed[0]?.phases.map(p => p.phase) ?? [];
  const faults = rehearsed.flatMap(r =>
    r.phases.flatMap(p => p.faults.map(fault => `${r.method}, ${p.phase}: ${fault}`)),
  );
  const cell = (phase: Phase | undefined) =>
    phase ? `${phase.faults.length > 0 ? 'DIFFERS' : 'ok'} ${phase.seconds.toFixed(2)} s` : '–';
  const skipped = [...new Set(rehearsed.flatMap(r => r.skipped))];
  const blocks: Block[] = [
    { kind: 'title', text: `Dry run of ${file} on ${label}` },
    {
      kind: 'table',
      columns: [{ title: 'phase' }, ...rehearsed.map(r => ({ title: r.method, align: 'right' as const }))],
      rows: names.map((name, index) => [name, ...rehearsed.map(r => cell(r.phases[index]))]),
    },
    {
      kind: 'table',
      columns: [{ title: 'way back' }, ...rehearsed.map(r => ({ title: r.method, align: 'right' as const }))],
      rows: [
        ['measured here', ...rehearsed.map(r => `${secondsBack(r).toFixed(2)} s`)],
        ['the documents promise', ...rehearsed.map(r => `${PROMISED[r.method]} min`)],
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
      : { kind: 'mark', tone: 'bad', text: `${faults.length} differences.` },
  ];
  return {
    document: { server: label, file, rehearsed, skipped, faults },
    blocks,
    exitCode: faults.length === 0 ? EXIT.done : EXIT.verification,
  };
}

const secondsBack = ({ phases }: Rehearsed): number => phases.find(p => p.phase === WAY_BACK)?.seconds ?? 0;

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
