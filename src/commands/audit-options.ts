import { Problem, UNTOUCHED } from '../problems.ts';

export interface AuditOptions {
  what: 'verify' | 'export' | 'anonymize';
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
}

const TAKES: Record<AuditOptions['what'], readonly string[]> = {
  verify: ['head'],
  export: ['out', 'organization', 'from', 'until', 'format'],
  anonymize: ['organization', 'user'],
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
    throw usage(`--${stray} goes with audit ${takers.join(' and audit ')}.`);
  }
  if (what === 'export' && out === undefined) throw usage('audit export needs --out FILE.');
  if (moment !== undefined) throw usage(`"${moment}" is no moment like 2026-11-21 or 2026-11-21T04:00Z.`);
  if (what === 'anonymize' && (organization === undefined) === (user === undefined))
    throw usage('audit anonymize needs --organization KEY or --user ID, one of them.');
}

/** An option that cannot be. */
export const usage = (message: string): Problem =>
  new Problem('USAGE', message, { state: UNTOUCHED, next: 'creditshift audit --help' });
