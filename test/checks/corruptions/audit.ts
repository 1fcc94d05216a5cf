import { AGENZIA } from '../../support/guardian.ts';
import { type Corruption, consume, edit, log } from './plant.ts';

/** The append-only trigger made anew, enabled always, for the rows that the condition names. */
const appendOnlyWhen = (condition: string) => `
  drop trigger creditshift_append_only on ${log};
  create trigger creditshift_append_only before update or delete on ${log}
    for each row when (${condition}) execute function creditshift.refuse_log_change();
  alter table ${log} enable always trigger creditshift_append_only`;

export const AUDIT: Corruption[] = [
  {
    check: 'audit.append-only',
    fault: 'a trigger with the right name that fires for no entry',
    sql: appendOnlyWhen('old.success is null'),
    also: ['audit.earlier-rows'],
  },
  {
    check: 'audit.append-only',
    fault: 'a TRUNCATE that is let through',
    sql: edit('creditshift.refuse_log_change()', `where success is not null`, 'where false'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'audit.append-only',
    fault: 'amounts that can be changed under the name of privacy',
    sql: edit('creditshift.refuse_log_change()', 'and (old."organization_id"', 'and true or (old."organization_id"'),
    also: ['schema.function-bodies'],
  },
  {
    check: 'audit.denied-charges',
    fault: 'refusals logged as if they were of before the migration',
    sql: edit(consume, `, false, 'INSUFFICIENT_CREDITS', 0,`, `, null, 'INSUFFICIENT_CREDITS', 0,`),
    also: ['schema.function-bodies'],
  },
  {
    check: 'audit.earlier-rows',
    fault: 'a log in which nothing can be corrected',
    sql: appendOnlyWhen('true'),
  },
  {
    check: 'privacy.anonymized',
    fault: 'metadata that came back after its organization was anonymized',
    sql: `insert into ${log} (organization_id, action_type, metadata, created_at)
          values ('${AGENZIA}', 'ai_chat', '{"user": {"email": "anna@example.test"}}', now() - interval '1 day');
          select creditshift.record(null, 'anonymize', '{"organization": "${AGENZIA}", "columns": ["user_id", "metadata: user.email"]}')`,
  },
];
