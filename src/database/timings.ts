import { quoteText } from '../config/names.ts';
import type { Transaction } from './connect.ts';

/** A statement that answers a row, and as whom it is run. */
export interface Timed {
  statement: string;
  /** A role of the database with its `request.jwt.claims`; the connecting role when absent. */
  as?: { role: string; claims: Record<string, string> } | undefined;
}

export interface Timings {
  /** One for each time that it ran. */
  milliseconds: number[];
  /** The row of the last time; of nulls where it had none. */
  answer: Record<string, unknown>;
}

/**
 * Runs a statement so many times and measures each by the server's clock: neither the network nor a commit counts. What a
 * time wrote is undone at once, and its locks are gone before the next, so that no client waits longer than for a call.
 * @param seconds after which it is not run once more
 */
export async function timings(
  tx: Transaction,
  { statement, as }: Timed,
  samples: number,
  seconds: number,
): Promise<Timings> {
  return tx.savepoint(async inner => {
    if (as) {
      const claims = JSON.stringify(as.claims);
      await inner`select set_config('row_security', 'on', true), set_config('request.jwt.claims', ${claims}, true),
                         set_config('role', ${as.role}, true)`;
    }
    // What a commit would check counts, and fails here.
    await inner.unsafe(`set constraints all immediate; do ${quoteText(body(statement, samples, seconds))}`);
    const [row] = await inner<{ result: Timings }[]>`
      select current_setting('creditshift.timings')::json as result`;
    if (as) await inner`select set_config('role', 'none', true), set_config('request.jwt.claims', '', true)`;
    if (!row) throw new Error('the server did not tell what it measured');
    return row.result;
  }) as Promise<Timings>;
}

const body = (statement: string, samples: number, seconds: number) => `
declare
  v_until  timestamptz := clock_timestamp() + make_interval(secs => ${seconds});
  v_times  double precision[] := '{}';
  v_start  timestamptz;
  v_answer record;
begin
  while cardinality(v_times) < ${samples} and clock_timestamp() < v_until loop
    begin
      v_start := clock_timestamp();
      execute ${quoteText(statement)} into v_answer;
      v_times := v_times || (1000 * extract(epoch from clock_timestamp() - v_start))::double precision;
      raise sqlstate 'CS000';
    exception when sqlstate 'CS000' then null;
    end;
  end loop;
  perform set_config('creditshift.timings', json_build_object('milliseconds', v_times, 'answer', v_answer)::text, true);
end`;
