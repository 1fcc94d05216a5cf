import { isMade } from '../config/found-or-made.ts';
import { parseQualified } from '../config/names.ts';
import { activeColumn, type Config } from '../config/schema.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Queryable } from './connect.ts';

/**
 * Everything that the configuration says is there; what the toolkit makes is not looked for.
 * @throws Problem TABLE_MISSING, COLUMN_MISSING with everything that is not
 */
export async function requireColumns(sql: Queryable, config: Config): Promise<void> {
  const { tenants, balances, actions, log } = config;
  const wanted = [
    { key: 'tenants', table: tenants.table, columns: [tenants.key, tenants.name] },
    {
      key: 'balances',
      table: balances.table,
      columns: [balances.owner, balances.plan, activeColumn(balances), balances.trial].concat(
        balances.legacy.balance,
        balances.legacy.total,
        balances.legacy.used,
        balances.legacy.others,
      ),
    },
    { key: 'actions', table: actions.table, columns: [actions.action, actions.cost, actions.description] },
    {
      key: 'log',
      table: log.table,
      columns: [
        log.owner,
        log.action,
        log.consumed,
        log.before,
        log.after,
        log.outcome,
        log.user,
        log.metadata,
        log.at,
      ],
    },
  ];
  if (config.legacyLog) {
    const { table, owner, action, consumed, at } = config.legacyLog;
    wanted.push({ key: 'legacyLog', table, columns: [owner, action, consumed, at] });
  }
  if ('membership' in config.functions.caller) {
    const { table, user, organization } = config.functions.caller.membership;
    wanted.push({ key: 'functions.caller.membership', table, columns: [user, organization] });
  }
  const made = [log, actions].filter(isMade).map(({ table }) => table);
  const faults: string[] = [];
  let missingTable = false;
  for (const { key, table, columns } of wanted.filter(({ table }) => !made.includes(table))) {
    const rows = await sql<{ name: string | null }[]>`
      select a.attname as name from pg_class as c
        join pg_namespace as n on n.oid = c.relnamespace
        left join pg_attribute as a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
       where n.nspname = ${parseQualified(table).schema} and c.relname = ${parseQualified(table).name}
         and c.relkind in ('r', 'p')`;
    if (rows.length === 0) {
      missingTable = true;
      faults.push(`${key}.table: there is no table ${table}`);
      continue;
    }
    const known = rows.map(r => r.name);
    for (const column of columns.filter(c => c !== undefined && !known.includes(c))) {
      faults.push(`${key}: ${table} has no column ${column}`);
    }
  }
  if (faults.length === 0) return;
  throw new Problem(
    missingTable ? 'TABLE_MISSING' : 'COLUMN_MISSING',
    'The configuration names what the database does not have.',
    {
      state: UNTOUCHED,
      next: 'correct the configuration, or --database-url; `creditshift inspect` shows what is there',
      details: faults,
    },
  );
}
