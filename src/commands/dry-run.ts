import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../config/render.ts';
import { connect } from '../database/connect.ts';
import type { DisposableServer } from '../disposable/server.ts';
import { startServer } from '../disposable/start.ts';
import type { Block, Result } from '../output/types.ts';
import { EXIT, Problem } from '../problems.ts';
import { type Charged, chargeAround } from '../rehearsal/charges.ts';
import { balanceDifferences, differences, keepOriginal, type Original } from '../rehearsal/original.ts';
import { backup } from './backup.ts';
import type { Context } from './context.ts';
import { migrate } from './migrate.ts';
import { type Method, rollback } from './rollback.ts';
import { withSession } from './session.ts';
import { verify } from './verify.ts';

interface Phase {
  phase: string;
  seconds: number;
  faults: string[];
}

interface Rehearsed {
  method: Method;
  phases: Phase[];
}

const METHODS: readonly Method[] = ['disable', 'drop', 'restore'];
/** Minutes that the source documents promise for each way back. */
const PROMISED = { disable: 2, drop: 5, restore: 15 } as const;
const BASE = 'creditshift_dry_run_base';
const COPY = 'creditshift_dry_run';

/**
 * The whole cycle on a disposable server, once a rollback method: back up, migrate, verify, charge, roll back, compare
 * catalog and data with before, migrate again, verify. `file` is the SQL of schema and data; the example when absent.
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
    for (const method of METHODS) rehearsed.push(await rehearse(context, server, folder, method));
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

async function rehearse(outer: Context, server: DisposableServer, folder: string, method: Method): Promise<Rehearsed> {
  const url = await server.createDatabase(COPY, BASE);
  const context: Context = {
    ...outer,
    target: { url, environment: {} },
    folder: join(folder, method),
    confirm: async () => true,
    unattended: false,
    rehearsal: true,
  };
  const phases: Phase[] = [];
  const phase = async (name: string, body: () => Promise<string[]>) => {
    outer.progress({ event: 'note', text: `${method}: ${name}` });
    const started = performance.now();
    const faults = await body();
    phases.push({ phase: name, seconds: Math.round(performance.now() - started) / 1000, faults });
  };
  let original: Original | undefined;
  let charged: Charged | undefined;
  await withSession(context, async session => {
    original = await keepOriginal(session.sql);
  });
  await phase('back up', async () => faultsOf(await backup(context, {})));
  await phase('migrate', async () => faultsOf(await migrate(context)));
  await phase('verify', async () => faultsOf(await verify(context, {})));
  await phase('charge', () =>
    withSession(context, async session => {
      charged = await chargeAround(session.sql, session.model);
      return charged.legacy.size === 0 ? ['no organization could be charged'] : [];
    }),
  );
  await phase(`roll back`, async () => faultsOf(await rollback(context, { method, reason: 'dry-run' })));
  await phase('compare', () =>
    withSession(context, async ({ sql, model }) =>
      original && charged
        ? [
            ...(await differences(sql, original, model, { catalog: method !== 'disable', entries: charged.entries })),
            ...(await balanceDifferences(sql, original, model, charged.legacy)),
          ]
        : [],
    ),
  );
  await phase('migrate again', async () => faultsOf(await migrate(context)));
  await phase('verify again', async () => faultsOf(await verify(context, {})));
  await server.dropDatabase(COPY);
  return { method, phases };
}

/** A result that did not end well, as lines. */
function faultsOf(result: Result): string[] {
  if (!result.exitCode) return [];
  return result.blocks.flatMap(block => (block.kind === 'mark' && block.tone === 'bad' ? [block.text] : []));
}

function report(label: string, file: string, rehearsed: readonly Rehearsed[]): Result {
  const names = rehearsed[0]?.phases.map(p => p.phase) ?? [];
  const faults = rehearsed.flatMap(r =>
    r.phases.flatMap(p => p.faults.map(fault => `${r.method}, ${p.phase}: ${fault}`)),
  );
  const cell = (phase: Phase | undefined) =>
    phase ? `${phase.faults.length > 0 ? 'DIFFERS' : 'ok'} ${phase.seconds.toFixed(2)} s` : '–';
  const blocks: Block[] = [
    { kind: 'title', text: `Dry run of ${file} on ${label}` },
    {
      kind: 'table',
      columns: [{ title: 'phase' }, ...rehearsed.map(r => ({ title: r.method, align: 'right' as const }))],
      rows: [
        ...names.map((name, index) => [name, ...rehearsed.map(r => cell(r.phases[index]))]),
        ['the documents promise', ...rehearsed.map(r => `${PROMISED[r.method]} min`)],
      ],
    },
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
    document: { server: label, file, rehearsed, faults },
    blocks,
    exitCode: faults.length === 0 ? EXIT.done : EXIT.verification,
  };
}
