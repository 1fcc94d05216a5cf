import type { Queryable } from '../../../database/connect.ts';
import type { Outcome, Trial, Tried } from './cell.ts';

/** Times that a trial is made again when a client held the row. */
const TRIES = 3;

/**
 * Makes each trial in a subtransaction of its own that is always undone: the role is taken, the statement runs, and what
 * it locked is free again. It all runs in the server, since a round trip a trial would hold locks for that long.
 */
const ATTEMPT = `
do $matrix$
declare
  v_trial    jsonb;
  v_taken    boolean;
  v_rows     bigint;
  v_line     text;
  v_outcome  text;
  v_outcomes jsonb := '[]';
begin
  for v_trial in select value from jsonb_array_elements(current_setting('creditshift.trials')::jsonb) loop
    v_taken := false;
    begin
      if v_trial ->> 'setup' is not null then
        execute v_trial ->> 'setup';
      end if;
      perform set_config('request.jwt.claims', v_trial ->> 'claims', true), set_config('role', v_trial ->> 'role', true);
      v_taken := true;
      if (v_trial ->> 'planned')::boolean then
        v_rows := 1;
        for v_line in execute 'explain ' || (v_trial ->> 'statement') loop
          v_rows := case when v_line like '%One-Time Filter: false%' then 0 else v_rows end;
        end loop;
      else
        execute v_trial ->> 'statement';
        get diagnostics v_rows = row_count;
      end if;
      raise exception using errcode = 'CS000';
    exception
      when sqlstate 'CS000' then
        v_outcome := case when v_rows > 0 then 'reached' else 'filtered' end;
      -- A server that takes no writes refuses them to everybody: who may write is not known.
      when read_only_sql_transaction then
        raise;
      when others then
        v_outcome := case when v_taken then sqlstate else 'not run: ' || sqlerrm end;
    end;
    v_outcomes := v_outcomes || to_jsonb(v_outcome);
  end loop;
  perform set_config('creditshift.outcomes', v_outcomes::text, true);
end $matrix$`;

/** Makes the trials inside the transaction of `tx`, which the caller rolls back. */
export async function attempt(
  tx: Queryable,
  trials: readonly Trial[],
  rows: readonly object[],
  tries = TRIES,
): Promise<Tried[]> {
  await tx`
    select set_config('row_security', 'on', true), set_config('lock_timeout', '20ms', true), set_config('creditshift.trials', ${JSON.stringify(trials)}, true),
           set_config('creditshift.rows', ${JSON.stringify(rows)}, true)`;
  await tx.unsafe(ATTEMPT);
  const [answer] = await tx<{ outcomes: string[] }[]>`
    select current_setting('creditshift.outcomes')::jsonb as outcomes`;
  const tried = trials.map((trial, i) => asTried(trial, answer?.outcomes[i] ?? 'not run: no answer'));
  const busy = trials.filter((_, i) => tried[i]?.because === BUSY);
  if (busy.length === 0 || tries === 1) return tried;
  const again = await attempt(tx, busy, rows, tries - 1);
  return [...tried.filter(t => t.because !== BUSY), ...again];
}

const BUSY = 'its row was locked';
/** Why nobody can tell what a policy lets through that asks for itself: the server refuses every query. */
export const RECURSIVE = 'its policies ask for each other without end';

/** What an answer of the server means. A constraint is judged after privileges and policies: who meets one was let in. */
function asTried({ role, object, command, rows }: Trial, answer: string): Tried {
  const as = (outcome: Outcome, because?: string): Tried => ({
    role,
    object,
    command,
    rows,
    outcome,
    ...(because && { because }),
  });
  if (answer === 'reached' || answer.startsWith('23')) return as('open');
  if (answer.startsWith('not run: ')) return as('not run', answer.slice('not run: '.length));
  if (/^(55P03|40...)$/.test(answer)) return as('not run', BUSY);
  if (answer === '42P17') return as('not run', RECURSIVE);
  // The functions say 42501 to who may not act for the organization, and 22023 to who may but asks for what is not there.
  if (command === 'call' && answer === '22023') return as('open');
  return as('closed', answer === 'filtered' ? 'no row is seen' : `SQLSTATE ${answer}`);
}
