import { readFile } from 'node:fs/promises';
import { join, parse, resolve } from 'node:path';
import { databaseState } from '../../checks/state.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import { type CompletionData, type Notes, readCompletion } from '../../reports/completion.ts';
import { writeOrganizationMargins, writeOrganizations } from '../../reports/csv.ts';
import { type MarginData, readMargin } from '../../reports/margin.ts';
import { countOrganizations, SHOWN } from '../../reports/organizations.ts';
import { readStatus, type StatusData } from '../../reports/status.ts';
import { version } from '../../version.ts';
import type { Context } from '../session/context.ts';
import { secondsOf } from '../session/duration.ts';
import { readOnly, withSession } from '../session/session.ts';
import { recordedRehearsal } from '../shown/rehearsal-line.ts';
import { fileProblem, wholeFile } from '../shown/whole-file.ts';
import { checked, provedBackups } from './checked.ts';
import type { Made, ReportOptions } from './report.ts';
import { requireAllocated, sourceOf } from './source.ts';

/** A report computed from the database in one read-only snapshot, and its CSV beside `out` where the organizations are many. */
export async function databaseReport(context: Context, options: ReportOptions, out: string | undefined): Promise<Made> {
  const window = windowOf(options.window ?? '2h');
  const notes = options.notes === undefined ? null : await readNotes(context, options.notes);
  return withSession(context, async session => {
    const state = requireAllocated(session);
    const backups = await provedBackups(context, session);
    const rehearsal =
      options.kind === 'completion' ? ((await recordedRehearsal(context, session)).matching ?? null) : null;
    context.progress({ event: 'work', what: 'computing the figures' });
    return readOnly(session, async tx => {
      // Rows that row security would hide are an error, not a smaller figure.
      await tx.unsafe('set local row_security = off');
      const source = sourceOf(session, state, tx);
      const csv = out && (await countOrganizations(source)) > SHOWN ? csvBeside(out) : undefined;
      const write = options.kind === 'margin' ? writeOrganizationMargins : writeOrganizations;
      if (csv) await wholeFile(csv, partial => write(source, partial));
      const told = { version, standing: databaseState(state), csv: csv === undefined ? null : parse(csv).base };
      const beside = csv === undefined ? [] : [csv];
      if (options.kind === 'margin') {
        const data = await readMargin(source, told);
        return { report: { kind: 'margin', data }, document: marginDocument(data), beside };
      }
      const evaluated = { ...told, ...(await checked(context, source)), backups };
      if (options.kind === 'status') {
        const data = await readStatus(source, evaluated, window);
        return { report: { kind: 'status', data }, document: documentOf(data), beside };
      }
      const data = await readCompletion(source, evaluated, notes, rehearsal);
      return { report: { kind: 'completion', data }, document: documentOf(data), beside };
    });
  });
}

const marginDocument = ({ database, time, standing, organizationCount, margins }: MarginData) => ({
  database,
  time,
  state: standing,
  organizations: organizationCount,
  margins,
});

function documentOf(data: CompletionData | StatusData): Record<string, unknown> {
  const { database, time, standing, summary, organizationCount, totals, margins, openItems } = data;
  return {
    database,
    time,
    state: standing,
    ...('obstacles' in data && { complete: data.obstacles.length === 0, obstacles: data.obstacles }),
    checks: summary,
    organizations: organizationCount,
    totals,
    margins,
    openItems,
  };
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
