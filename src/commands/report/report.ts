import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Block, Result } from '../../output/types.ts';
import type { Report } from '../../reports/html/charts.ts';
import { type ReportName, renderReport } from '../../reports/render.ts';
import type { Context } from '../session/context.ts';
import { wholeFile } from '../shown/whole-file.ts';
import { databaseReport } from './database.ts';
import { rehearsalReport } from './rehearsal.ts';

export interface ReportOptions {
  kind: ReportName;
  /** The file to write; without it the report is what the command answers. */
  out?: string;
  /** markdown, unless `out` ends in .html. */
  format?: 'markdown' | 'html';
  /** completion: a file with a person's text. */
  notes?: string;
  /** status: how far back activity is shown, like 2h, 30m or 7d. */
  window?: string;
  /** rehearsal: the record of dry-run; creditshift-state/rehearsal.json when absent. */
  rehearsal?: string;
}

/** A report before it is written. */
export interface Made {
  /** Its kind, and what its template is filled with. */
  report: Report;
  /** The same as `--json` has it. */
  document: Record<string, unknown>;
  /** Files that were written beside it. */
  beside: string[];
}

/** A report in Markdown or as one HTML file; changes nothing in any database. */
export async function report(context: Context, options: ReportOptions): Promise<Result> {
  const out = options.out === undefined ? undefined : resolve(context.folder, options.out);
  const format = options.format ?? (out?.endsWith('.html') ? 'html' : 'markdown');
  const render = format === 'html' ? await pageRenderer() : renderMarkdown;
  const made =
    options.kind === 'rehearsal'
      ? await rehearsalReport(context, options.rehearsal)
      : await databaseReport(context, options, out);
  const text = render(made.report);
  const document = { report: options.kind, ...made.document, figures: made.report.data };
  if (out === undefined) return { document: { ...document, [format]: text }, blocks: [{ kind: 'verbatim', text }] };
  await wholeFile(out, partial => writeFile(partial, text));
  const files = [out, ...made.beside];
  return {
    document: { ...document, files },
    blocks: files.map((file): Block => ({ kind: 'mark', tone: 'good', text: `Wrote ${file}.` })),
  };
}

const renderMarkdown = ({ kind, data }: Report): string => renderReport(kind, data);

/** What makes a page is loaded only where one is made. */
const pageRenderer = async () => (await import('../../reports/html/page.ts')).pageRenderer();
