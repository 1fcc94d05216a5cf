import Big from 'big.js';
import { quoteIdentifier } from '../../config/names.ts';
import { stands } from '../../database/standing.ts';
import type { Conflict, Question } from './conflict.ts';

/** Actions that no pool pays for, and legacy costs that the catalogue states otherwise than the price list. */
export async function actionConflicts(question: Question): Promise<Conflict[]> {
  const { catalogue } = question.config;
  const found: Conflict[] = [];
  for (const { action, cost } of await priceList(question)) {
    const entry = catalogue[action];
    if (!Object.values(entry?.pools ?? {}).some(credits => credits > 0)) {
      found.push(about(action, 'UNPAID_ACTION', `no pool pays for ${action}: its calls will answer UNPRICED_ACTION`));
    }
    if (entry?.legacyCost !== undefined && (cost === null || !new Big(cost).eq(entry.legacyCost))) {
      const message = `${action} costs ${cost ?? 'nothing'} in the price list and ${entry.legacyCost} in the catalogue; the price list counts`;
      found.push(about(action, 'LEGACY_COST_DIFFERS', message));
    }
  }
  return found;
}

const about = (value: string, code: Conflict['code'], message: string): Conflict => ({
  code,
  severity: 'report',
  value,
  count: 0,
  organizations: [],
  message,
});

/** Actions of the price list with their exact legacy cost; none while it is still to be made. */
export async function priceList({
  tx,
  model,
}: Pick<Question, 'tx' | 'model'>): Promise<{ action: string; cost: string | null }[]> {
  const { table, action, cost } = model.actions;
  if (!(await stands(tx, table))) return [];
  const [a, c] = [quoteIdentifier(action), quoteIdentifier(cost)];
  return tx.unsafe<{ action: string; cost: string | null }[]>(
    `select ${a}::text as action, ${c}::text as cost from ${table} order by 1`,
  );
}
