import { Problem, UNTOUCHED } from '../../problems.ts';
import { type OlderThan, olderThanOf } from '../../retention/period.ts';

export interface AuditOptions {
  what: 'verify' | 'export' | 'anonymize' | 'retention';
  /** verify: a head that was noted before, like 12:5f0c…; everything up to it has to be there, unchanged. */
  head?: string;
  /** export: the file to write. */
  out?: string;
  /** export: only this one; anonymize: whose log entries. */
  organization?: string;
  /** anonymize: whose log entries. */
  user?: string;
  /** export: only entries from and before these moments in ISO 8601. */
  from?: string;
  until?: string;
  format?: 'csv' | 'jsonl';
  /** retention: whole months that ended so long ago, like 13mo, or before a day. */
  olderThan?: string;
}

const TAKES: Record<AuditOptions['what'], readonly string[]> = {
  verify: ['head'],
  export: ['out', 'organization', 'from', 'until', 'format'],
  anonymize: ['organization', 'user'],
  retention: ['olderThan'],
};

/** @throws Problem USAGE for an option that belongs to another of them, is missing, or cannot be understood */
export function refuseSlips(options: AuditOptions): void {
  const { what, out, organization, user, from, until } = options;
  const stray = Object.entries(options).find(
    ([name, value]) => name !== 'what' && value !== undefined && !TAKES[what].includes(name),
  )?.[0];
  const moment = [from, until].find(text => text !== undefined && Number.isNaN(Date.parse(text)));
  if (stray !== undefined) {
    const takers = Object.keys(TAKES).filter(name => TAKES[name as AuditOptions['what']].includes(stray));
    throw usage(`--${stray === 'olderThan' ? 'older-than' : stray} goes with audit ${takers.join(' and audit ')}.`);
  }
  if (what === 'export' && out === undefined) throw usage('audit export needs --out FILE.');
  if (moment !== undefined) throw usage(`"${moment}" is no moment like 2026-11-21 or 2026-11-21T04:00Z.`);
  if (what === 'retention') monthsOf(options.olderThan);
  if (what === 'anonymize' && (organization === undefined) === (user === undefined))
    throw usage('audit anonymize needs --organization KEY or --user ID, one of them.');
}

/** @throws Problem USAGE for what is neither a number of months nor a day */
export function monthsOf(text: string | undefined): OlderThan {
  const months = olderThanOf(text ?? '');
  if (months) return months;
  throw usage('audit retention needs --older-than, like 13mo or 2025-10-01.');
}

/** An option that cannot be. */
export const usage = (message: string): Problem =>
  new Problem('USAGE', message, { state: UNTOUCHED, next: 'creditshift audit --help' });
