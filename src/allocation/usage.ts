import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import { renderSql } from '../config/render.ts';

/** Days → weights in ten-thousandths and pool order, of what an organization used in the log; null where it used nothing. */
export type Used = Record<string, number[]> | null;

/**
 * SQL that joins `used.weights`, a Used, to the balance table as b: as recorded when the migration began, and what it would
 * measure now for days that are not recorded. Empty where no plan divides by use, which then reads nothing.
 */
export function usedJoin(model: Model): string {
  const { measured, windows, usedShares, balances } = model;
  const sources = [
    ...(measured.length > 0 ? ['select organization, days, weights from creditshift.usage'] : []),
    ...(windows.length > 0 && usedShares.length > 0 ? [`(${renderSql('migrations/_usage.sql', model)})`] : []),
  ];
  if (!model.usages || sources.length === 0) return '';
  return `left join (select u.organization, json_object_agg(u.days, u.weights) as weights
                       from (${sources.join(' union all ')}) as u group by 1) as used
            on used.organization = b.${quoteIdentifier(balances.owner)}`;
}

/** SQL of the column `used` beside that join. */
export const usedColumn = (model: Model): string => (usedJoin(model) === '' ? 'null::json' : 'used.weights');
