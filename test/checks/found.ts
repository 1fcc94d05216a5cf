/** A check as the document of verify has it. */
export interface Shown {
  name: string;
  group: string;
  outcome: string;
  severity: string;
  rows: string[];
}

export const checksOf = (document: Record<string, unknown>) => document.checks as Shown[];
/** The checks that found something, or could not be made. */
export const foundIn = (document: Record<string, unknown>) =>
  checksOf(document).filter(c => c.outcome === 'failed' || c.outcome === 'error');
/** Those that had nothing to judge by. */
export const notJudgedIn = (document: Record<string, unknown>) =>
  checksOf(document)
    .filter(c => c.outcome === 'not judged')
    .map(c => c.name);
/** Absolute Victory has no balance row: Guardian's one warning about balances. */
export const WARNING = { name: 'balances.organizations-without-credits', outcome: 'failed', severity: 'warning' };
export const text = (blocks: readonly object[]) => blocks.map(b => ('text' in b ? b.text : '')).join('\n');
const inherited = (name: string) => ({ name, outcome: 'failed', severity: 'warning' });
/** What Guardian leaves in every state: everybody may change prices, who signed in read every balance, two indexes are there twice. */
export const WARNINGS = [
  WARNING,
  inherited('security.row-security'),
  inherited('security.open-policies'),
  inherited('security.reach'),
  inherited('performance.indexes'),
];
/** And while its own function is live: PUBLIC may call that, and it has no search_path. */
export const LEGACY_WARNINGS = [
  WARNING,
  inherited('security.search-path'),
  inherited('security.execute'),
  inherited('security.row-security'),
  inherited('security.open-policies'),
  inherited('security.reach'),
  inherited('performance.indexes'),
];
