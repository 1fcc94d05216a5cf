import { parseQualified, type Qualified } from '../../config/names.ts';
import type { Config } from '../../config/schema.ts';
import type { Queryable } from '../../database/connect.ts';
import { type Source, sourceOf } from './columns.ts';

/** The tables whose rows are copied, and what is read of each. Members and their users are not among them. */
export async function creditSources(sql: Queryable, config: Config, secret: string): Promise<Source[]> {
  const { tenants, balances, actions, log } = config;
  const { balance, total, used, others } = balances.legacy;
  // The name of an organization, who used it and with what are nobody's business here.
  const named: [string, (string | undefined)[]][] = [
    [tenants.table, [tenants.key]],
    [balances.table, [balances.owner, balances.plan, balances.active, balances.trial, balance, total, used, ...others]],
    [actions.table, [actions.action, actions.cost, actions.description]],
    [log.table, [log.owner, log.action, log.consumed, log.before, log.after, log.outcome, log.at]],
  ];
  const byTable = new Map<string, { table: Qualified; named: string[] }>();
  for (const [text, columns] of named) {
    const table = parseQualified(text);
    const entry = byTable.get(table.toString()) ?? { table, named: [] };
    entry.named.push(...columns.filter(c => c !== undefined));
    byTable.set(table.toString(), entry);
  }
  const copied = [...byTable.values()].map(entry => entry.table);
  const sources: Source[] = [];
  for (const { table, named } of byTable.values())
    sources.push(await sourceOf(sql, config, table, copied, named, secret));
  return sources;
}
