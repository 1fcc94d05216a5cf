import { readFile, writeFile } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { newestBackup } from '../backup/read.ts';
import { CHECKS } from '../checks/all.ts';
import { groupOf } from '../checks/check.ts';
import { type CheckResult, runChecks } from '../checks/run.ts';
import { databaseState } from '../checks/state.ts';
import type { Queryable } from '../database/connect.ts';
import { isApplied, type State } from '../database/state.ts';
import { neededOf, stepsTo } from '../migrator.ts';
import type { Block, Result } from '../output/types.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Told } from '../reports/common.ts';
import { type CompletionData, type Notes, readCompletion } from '../reports/completion.ts';
import { writeOrganizations } from '../reports/csv.ts';
import { countOrganizations, SHOWN } from '../reports/organizations.ts';
import { renderReport } from '../reports/render.ts';
import type { Source } from '../reports/source.ts';
import { readStatus, type StatusData } from '../reports/status.ts';
import { phaseOf } from '../steps/phase.ts';
import { version } from '../version.ts';
import type { Context } from './session/context.ts';
import { secondsOf } from './session/duration.ts';
import { readOnly, type Session, withSession } from './session/session.ts';
import { recordedRehearsal } from './shown/rehearsal-line.ts';
import { fileProblem, wholeFile } from './shown/whole-file.ts';

export interface ReportOptions {
  kind: 'completion' | 'status';
  /** The file to write; without it the report is what the command answers. */
  out?: string;
  /** completion: a file with a person's text. */
  notes?: string;
  /** status: how far back activity is shown, like 2h, 30m or 7d. */
  window?: string;
}

/** A report in Markdown, computed from the database in one read-only snapshot; changes nothing in it. */
export async function report(context: Context, options: ReportOptions): Promise<Result> {
  const window = windowOf(options.window ?? '2h');
  const notes = options.notes === undefined ? null : await readNotes(context, options.notes);
  return withSession(context, async session => {
    const state = requireAllocated(session);
    const backups = await provedBackups(context, session);
    const rehearsal =
      options.kind === 'completion' ? ((await recordedRehearsal(context, session)).matching ?? null) : null;
    const out = options.out === undefined ? undefined : resolve(context.folder, options.out);
    return readOnly(session, async tx => {
      // Rows that row security would hide are an error, not a smaller figure.
      await tx.unsafe('set local row_security = off');
      const source = sourceOf(session, state, tx);
      const csv = out && (await countOrganizations(source)) > SHOWN ? csvBeside(out) : undefined;
      const told = { ...(await checked(source)), backups, csv: csv === undefined ? null : parse(csv).base };
      const data =
        options.kind === 'status'
          ? await readStatus(source, told, window)
          : await readCompletion(source, told, notes, rehearsal);
      const markdown = renderReport(options.kind, data);
      if (out) await wholeFile(out, partial => writeFile(partial, markdown));
      if (csv) await wholeFile(csv, partial => writeOrganizations(source, partial));
      return resultOf(options.kind, data, markdown, out, csv);
    });
  });
}

function resultOf(
  kind: string,
  data: CompletionData | StatusData,
  markdown: string,
  out: string | undefined,
  csv: string | undefined,
): Result {
  const { database, time, standing, summary, organizationCount, totals, margins, openItems } = data;
  const files = [out, csv].filter(file => file !== undefined);
  const marks = files.map((file): Block => ({ kind: 'mark', tone: 'good', text: `Wrote ${file}.` }));
  return {
    document: {
      report: kind,
      database,
      time,
      state: standing,
      ...('obstacles' in data && { complete: data.obstacles.length === 0, obstacles: data.obstacles }),
      checks: summary,
      organizations: organizationCount,
      totals,
      margins,
      openItems,
      ...(out ? { files } : { markdown }),
    },
    blocks: out ? marks : [{ kind: 'verbatim', text: markdown }],
  };
}

/** @throws Problem NOT_CUT_OVER where there are no pools to report on yet, or no longer */
function requireAllocated({ state, server }: Session): State {
  if (state && isApplied(state, '060_allocate')) return state;
  throw new Problem('NOT_CUT_OVER', `${server.database} has no credits in pools: there is nothing to report.`, {
    state: UNTOUCHED,
    next: state
      ? 'creditshift migrate goes on; creditshift status shows how far it is'
      : 'creditshift plan, then creditshift migrate',
  });
}

function sourceOf({ model, config }: Session, state: State, tx: Queryable): Source {
  const { legacyColumns } = phaseOf(state);
  const names = {
    kept: (column: string) => column,
    retired: (column: string) => `${column}_retired`,
    dropped: () => null,
  };
  return { tx, model, state, config, legacyName: names[legacyColumns ?? 'kept'] };
}

/** Executes the checks of this state that only read; the others write in a transaction that is rolled back. */
async function checked({ tx, model, state, config }: Source): Promise<Omit<Told, 'backups' | 'csv'>> {
  const standing = databaseState(state);
  const started = performance.now();
  const checks: CheckResult[] = [];
  for (const check of CHECKS.filter(check => !check.probes)) {
    checks.push(...(await runChecks({ sql: tx, model, state, config }, { only: check.name })));
  }
  return {
    version,
    standing,
    pending: neededOf(stepsTo(undefined), model)
      .filter(step => !isApplied(state, step.name))
      .map(step => step.name),
    checks,
    omitted: CHECKS.filter(check => check.probes && check.states.includes(standing)).map(check => ({
      name: check.name,
      group: groupOf(check),
      claim: check.claim,
    })),
    checksMilliseconds: performance.now() - started,
  };
}

async function provedBackups(context: Context, session: Session): Promise<Told['backups']> {
  try {
    const { folder, manifest } = await newestBackup(context.folder, session.server);
    const rows = manifest.files.reduce((sum, file) => sum + file.rows, 0);
    return [{ folder, createdAt: manifest.createdAt, tables: manifest.files.length, rows }];
  } catch (error) {
    if (error instanceof Problem && error.code === 'BACKUP_MISSING') return [];
    throw error;
  }
}

function windowOf(text: string): { text: string; seconds: number } {
  const seconds = secondsOf(text);
  if (seconds !== undefined) return { text, seconds };
  throw new Problem('USAGE', `"${text}" is no window of time.`, {
    state: UNTOUCHED,
    next: 'write a number and s, m, h or d: --window 2h',
  });
}

async function readNotes(context: Context, file: string): Promise<Notes> {
  try {
    return { file, text: await readFile(resolve(context.folder, file), 'utf8') };
  } catch (cause) {
    throw fileProblem(`Cannot read the notes ${file}`, cause);
  }
}

/** `status.md` → `status-organizations.csv`, beside it. */
function csvBeside(out: string): string {
  const { dir, name } = parse(out);
  return join(dir, `${name}-organizations.csv`);
}
