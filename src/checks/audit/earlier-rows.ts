import { quoteIdentifier as q } from '../../config/names.ts';
import type { Transaction } from '../../database/connect.ts';
import type { Check } from '../check.ts';
import { MIGRATED } from '../state.ts';
import { listed } from '../violations.ts';
import { asOwner, isRefused, makeRow } from './attempt.ts';

export const earlierRows: Check = {
  name: 'audit.earlier-rows',
  claim:
    'rows of the log from before the migration stay the application’s own: it may change and remove them as before',
  why: 'your application may maintain its old rows: the migration must not stop it',
  remedy: 'see schema.log-triggers: the trigger was made anew, for every row',
  severity: 'failure',
  states: MIGRATED,
  establishedBy: '040_expand_log',
  probes: true,
  async find(subject) {
    const tx = subject.sql as Transaction;
    const { table, outcome } = subject.model.log;
    const row = await makeRow(tx, subject, false);
    const attempts = [
      ['changed', `update ${table} set ${q(outcome)} = 'changed' where ctid = '${row}'`],
      ['removed', `delete from ${table} where ctid = '${row}'`],
    ] as const;
    return asOwner(tx, subject, async () => {
      const faults: string[] = [];
      for (const [what, text] of attempts)
        if (await isRefused(tx, text)) faults.push(`a row of before the migration cannot be ${what}`);
      return listed(faults);
    });
  },
};
