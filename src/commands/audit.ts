import type { Result } from '../output/types.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { exportEntries } from './audit-export.ts';
import { type AuditOptions, refuseSlips } from './audit-options.ts';
import { proveLedger } from './audit-verify.ts';
import type { Context } from './context.ts';
import { withSession } from './session.ts';

/** Proves the ledger and the journal, or writes the ledger's entries to a file; stores nothing in the database. */
export async function audit(context: Context, options: AuditOptions): Promise<Result> {
  refuseSlips(options);
  return withSession(context, async session => {
    if (!session.state) {
      throw new Problem('NOT_CUT_OVER', `${session.server.database} has no ledger: it is not migrated.`, {
        state: UNTOUCHED,
        next: 'creditshift status; the archive of a rollback keeps the ledger of before',
      });
    }
    return options.what === 'verify' ? proveLedger(session, options.head) : exportEntries(context, session, options);
  });
}
