import { Fragment, quoteIdentifier } from './names.ts';
import type { Config } from './schema.ts';

export type Legacy = Config['balances']['legacy'];

/** The one column that settlement changes: the balance itself, or what is used of the total. */
export function movedColumn({ balance, used }: Legacy): string {
  const column = balance ?? used;
  if (column === undefined) throw new Error('the configuration names no legacy balance');
  return column;
}

/**
 * The unified balance in the words of the configuration, for messages.
 * @param named how a column is called by now
 */
export const balanceName = ({ balance, total = '', used = '' }: Legacy, named = (column: string) => column): string =>
  balance === undefined ? `${named(total)} - ${named(used)}` : named(balance);

/**
 * SQL of the unified balance of a row: its column, or total − used, where null counts as 0. The casts are for an archive,
 * whose columns are text.
 * @param named how a column is called by now
 */
export function legacyBalance(
  { balance, total, used }: Legacy,
  row: string,
  named = (column: string) => column,
): string {
  const column = (name = '') => `${row}.${quoteIdentifier(named(name))}`;
  if (balance !== undefined) return column(balance);
  return `(coalesce(${column(total)}::numeric, 0) - coalesce(${column(used)}::numeric, 0))`;
}

/** What templates see of the legacy columns. */
export function legacyModel(legacy: Legacy) {
  const { balance, total, used } = legacy;
  const of = (row: string) => new Fragment(legacyBalance(legacy, row));
  /** What the moved column is set to, so that `after` is left. */
  const put = (totalAfter: string, after: string) =>
    new Fragment(balance === undefined ? `coalesce(${totalAfter}, 0) - ${after}` : after);
  const totalOf = (row: string) => `${row}.${quoteIdentifier(total ?? '')}`;
  return {
    moved: movedColumn(legacy),
    balanceName: balanceName(legacy),
    /** Further columns that a restore puts back, and that are watched: the moved one is not among them. */
    total: total ?? null,
    used: balance === undefined ? null : (used ?? null),
    value: { b: of('b'), o: of('o'), r: of('r'), old: of('old'), new: of('new') },
    put: {
      settle: put(totalOf('b'), 'o.after'),
      replay: put(`coalesce(t.total, ${totalOf('b')})`, 't.balance'),
      restore: put(totalOf('t'), 't.creditshift_balance'),
      given: put(totalOf('b'), '$2::text::numeric'),
    },
  };
}
