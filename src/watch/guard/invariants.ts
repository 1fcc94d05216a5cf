import { CHECKS } from '../../checks/all.ts';
import type { Check, Subject } from '../../checks/check.ts';
import { inSnapshot } from '../../checks/isolation.ts';
import { sqlstate } from '../../database/errors.ts';

/** What has to hold at every moment, whatever is charged meanwhile. */
const INVARIANTS = [
  'balances.within-limits',
  'balances.no-nulls',
  'ledger.equation',
  'ledger.sequence-gapless',
  'ledger.balance-chain',
  'ledger.legacy-delta',
  'ledger.reversals',
  'ledger.journal-chain',
];
const TOO_LONG = '57014';

/** Looks at the invariants that are cheap enough here; what takes too long once is left out from then on. */
export interface Invariants {
  /** Broken ones, in words, and those that were left out just now. */
  look: (subject: Omit<Subject, 'sql'>) => Promise<{ broken: string[]; leftOut: string[] }>;
}

export function openInvariants(sql: Subject['sql'], milliseconds: number): Invariants {
  let cheap: Check[] = CHECKS.filter(check => INVARIANTS.includes(check.name));
  return {
    look: async subject => {
      const broken: string[] = [];
      const leftOut: string[] = [];
      for (const check of cheap) {
        // A snapshot each, so that none is held longer than one check may take.
        const found = await inSnapshot(sql, async tx => {
          await tx`select set_config('statement_timeout', ${String(milliseconds)}, true)`;
          return check.find({ ...subject, sql: tx });
        }).catch(error => {
          if (sqlstate(error) !== TOO_LONG) throw error;
          leftOut.push(check.name);
          return undefined;
        });
        if (found && found.count > 0) broken.push(`${check.name} is broken (${found.count}): ${found.rows[0]}`);
      }
      cheap = cheap.filter(check => !leftOut.includes(check.name));
      return { broken, leftOut };
    },
  };
}
