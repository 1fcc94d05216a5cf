import { resolve } from 'node:path';
import { Problem } from '../../problems.ts';
import { readRecord, rehearsalFile } from '../../rehearsal/record.ts';
import { rehearsalData } from '../../reports/rehearsal.ts';
import type { Context } from '../session/context.ts';
import type { Made } from './report.ts';

/**
 * A report of what dry-run recorded; looks at no database.
 * @throws Problem USAGE where there is no record, or none that can be read
 */
export async function rehearsalReport(context: Context, named: string | undefined): Promise<Made> {
  const file = named === undefined ? rehearsalFile(context.folder) : resolve(context.folder, named);
  const rehearsal = await readRecord(file);
  if (rehearsal === undefined || typeof rehearsal === 'string') {
    throw new Problem(
      'USAGE',
      rehearsal === undefined ? `No rehearsal is recorded in ${file}.` : `${file} cannot be read: ${rehearsal}.`,
      {
        state: 'No database was touched.',
        next: 'creditshift dry-run rehearses and records it; --rehearsal FILE names another record',
      },
    );
  }
  const data = rehearsalData(rehearsal, file);
  return { report: { kind: 'rehearsal', data }, document: { ...rehearsal, record: file }, beside: [] };
}
