import { Problem, UNTOUCHED } from '../problems.ts';

export interface AuditOptions {
  what: 'verify' | 'export';
  /** verify: a head that was noted before, like 12:5f0c…; everything up to it has to be there, unchanged. */
  head?: string;
  /** export: the file to write. */
  out?: string;
  /** export: only this organization, and only entries from and before these moments in ISO 8601. */
  organization?: string;
  from?: string;
  until?: string;
  format?: 'csv' | 'jsonl';
}

/** @throws Problem USAGE for an option that belongs to the other of the two, is missing, or cannot be understood */
export function refuseSlips({ what, head, out, organization, from, until, format }: AuditOptions): void {
  const moment = [from, until].find(text => text !== undefined && Number.isNaN(Date.parse(text)));
  const slip =
    what === 'verify'
      ? [out, organization, from, until, format].some(option => option !== undefined) &&
        '--out, --organization, --from, --until and --format go with audit export.'
      : head !== undefined
        ? '--head goes with audit verify.'
        : out === undefined
          ? 'audit export needs --out FILE.'
          : moment !== undefined && `"${moment}" is no moment like 2026-11-21 or 2026-11-21T04:00Z.`;
  if (slip) throw usage(slip);
}

/** An option that cannot be. */
export const usage = (message: string): Problem =>
  new Problem('USAGE', message, { state: UNTOUCHED, next: 'creditshift audit --help' });
