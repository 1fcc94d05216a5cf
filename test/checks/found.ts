/** A check as the document of verify has it. */
export interface Shown {
  name: string;
  group: string;
  outcome: string;
  severity: string;
  rows: string[];
}

export const checksOf = (document: Record<string, unknown>) => document.checks as Shown[];
/** The checks that did not pass. */
export const foundIn = (document: Record<string, unknown>) => checksOf(document).filter(c => c.outcome !== 'passed');
/** Absolute Victory has no balance row: Guardian's one warning. */
export const WARNING = { name: 'balances.organizations-without-credits', outcome: 'failed', severity: 'warning' };
export const text = (blocks: readonly object[]) => blocks.map(b => ('text' in b ? b.text : '')).join('\n');
