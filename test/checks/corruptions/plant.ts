/** A fault, planted by SQL as a superuser, the check that claims to find it, and others that rightly find it too. */
export interface Corruption {
  check: string;
  fault: string;
  /** The database it is planted in; cut over, with charges, when absent. */
  state?: 'unmigrated' | 'partial' | 'hardened';
  sql: string;
  /** What takes away that which a rollback leaves. */
  sweep?: string;
  also?: string[];
}

export const balances = 'public.organization_credits';
export const log = 'public.credit_consumption_logs';
export const consume = 'public.consume_credits_rpc(uuid, text, integer, uuid, text, jsonb)';
export const specific = 'public.consume_specific_credits(uuid, text, bigint, text)';
export const reverse = 'public.reverse_credits(uuid, bigint, bigint, text, text)';
export const topUp = 'public.top_up_credits(uuid, text, bigint, text)';
export const reset = 'public.reset_cycle(uuid, date)';
export const allocate = 'creditshift.allocate(uuid, text, text, text, boolean, text[])';

/** Replaces a piece of a function's definition; the planting fails when the piece is not there. */
export const edit = (signature: string, piece: string, by: string) => `
  do $plant$
  declare
    v_old text := pg_get_functiondef('${signature}'::regprocedure);
    v_new text := replace(v_old, $piece$${piece}$piece$, $piece$${by}$piece$);
  begin
    assert v_new <> v_old, 'nothing to replace';
    execute v_new;
  end $plant$`;

/** Writes to a table with one of its triggers off, and on again as it was. */
export const past = (table: string, trigger: string, sql: string) =>
  `alter table ${table} disable trigger ${trigger}; ${sql}; alter table ${table} enable always trigger ${trigger}`;
export const pastAppendOnly = (sql: string) => past(log, 'creditshift_append_only', sql);
