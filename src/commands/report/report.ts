import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Block, Result } from '../../output/types.ts';
import { type ReportName, renderReport } from '../../reports/render.ts';
import type { Context } from '../session/context.ts';
import { wholeFile } from '../shown/whole-file.ts';
import { databaseReport } from './database.ts';
import { rehearsalReport } from './rehearsal.ts';

export interface ReportOptions {
  kind: ReportName;
  /** The file to write; without it the report is what the command answers. */
  out?: string;
  /** completion: a file with a person's text. */
  notes?: string;
  /** status: how far back activity is shown, like 2h, 30m or 7d. */
  window?: string;
  /** rehearsal: the record of dry-run; creditshift-state/rehearsal.json when absent. */
  rehearsal?: string;
}

/** A report before it is written. */
export interface Made {
  /** What its template is filled with. */
  data: object;
  /** The same as `--json` has it. */
  document: Record<string, unknown>;
  /** Files that were written beside it. */
  beside: string[];
}

/** A report in Markdown; changes nothing in any database. */
export async function report(context: Context, options: ReportOptions): Promise<Result> {
  const out = options.out === undefined ? undefined : resolve(context.folder, options.out);
  const { data, document, beside } =
    options.kind === 'rehearsal'
      ? await rehearsalReport(context, options.rehearsal)
      : await databaseReport(context, options, out);
  const text = renderReport(options.kind, data);
  if (out === undefined) {
    return {
      document: { report: options.kind, ...document, figures: data, markdown: text },
      blocks: [{ kind: 'verbatim', text }],
    };
  }
  await wholeFile(out, partial => writeFile(partial, text));
  const files = [out, ...beside];
  return {
    document: { report: options.kind, ...document, figures: data, files },
    blocks: files.map((file): Block => ({ kind: 'mark', tone: 'good', text: `Wrote ${file}.` })),
  };
}
