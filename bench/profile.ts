import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import { BARE, PRODUCT } from './charge.ts';
import type { Databases } from './databases.ts';
import { alternate, median } from './measure.ts';

const CALLS = 400;
const ROUNDS = 25;

/** What a charge consists of, one thing more in each line. */
const PARTS = [
  { what: 'its two writes in a PL/pgSQL function', definer: false, mode: false, price: false },
  { what: '+ SECURITY DEFINER and a fixed search_path', definer: true, mode: false, price: false },
  { what: '+ the mode, read inside the UPDATE', definer: true, mode: true, price: false },
  { what: '+ the price, read from the catalogue', definer: true, mode: true, price: true },
];

/**
 * Where the time of a charge goes: processor time of the client's backend a call, as the kernel counts it, so that
 * whatever else the machine does blurs it little. Undefined where the server's processes cannot be seen.
 */
export async function profileOfCharge(databases: Databases, url: string): Promise<string | undefined> {
  await databases.run(url, PARTS.map(partSql).join('\n'));
  const texts: Record<string, string> = {
    'a round trip: `select`': 'select :n::text',
    'the bare statement': BARE.statements[0]?.text ?? '',
    ...Object.fromEntries(
      PARTS.map(({ what }, i) => [what, `select public.bench_part_${i}(md5(:n::text)::uuid, 'ai_chat')`]),
    ),
    '+ caller, quantity, key and answer: the consume function': PRODUCT.statements[0]?.text ?? '',
  };
  const clients = Object.entries(texts).map(([what, text]) => {
    const sql = postgres(url, { max: 1, onnotice: () => {} });
    return { what, sql, spent: () => spentBy(sql, text.replace(/(?<!:):n\b/g, '$1'), databases.organizations) };
  });
  try {
    const contestants = Object.fromEntries(clients.map(({ what, spent }) => [what, spent]));
    await alternate(2, contestants);
    const spent = await alternate(ROUNDS, contestants);
    const lines = Object.entries(spent).map(([what, times]) => `| ${what} | ${median(times).toFixed(0)} |`);
    return ['| a call of one client | µs |', '|---|---|', ...lines].join('\n');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  } finally {
    await Promise.all(clients.map(({ sql }) => sql.end({ timeout: 1 })));
  }
}

/** Microseconds of processor time a call, over some hundred calls. */
async function spentBy(sql: postgres.Sql, text: string, upTo: number): Promise<number> {
  const [{ pid } = { pid: 0 }] = await sql<{ pid: number }[]>`select pg_backend_pid() as pid`;
  const processor = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1000;
  const before = processor();
  for (let i = 0; i < CALLS; i++) {
    await sql.unsafe(text, [String(1 + Math.floor(Math.random() * upTo))], { prepare: true });
  }
  return (processor() - before) / CALLS;
}

function partSql({ definer, mode, price }: (typeof PARTS)[number], part: number): string {
  return `
    create function public.bench_part_${part}(p_organization uuid, p_action text) returns bigint
    language plpgsql ${definer ? 'security definer set search_path = pg_catalog, pg_temp' : ''} as $$
    #variable_conflict use_column
    declare
      cost integer := 1;
      row_after record;
    begin
      ${price ? 'select a.ai_credits_required into cost from public.credit_actions as a where a.action_type = p_action;' : ''}
      update public.organization_credits as b
         set ai_credits_available = ai_credits_available - cost, whatsapp_credits_available = whatsapp_credits_available - 0,
             email_credits_available = email_credits_available - 0, sms_credits_available = sms_credits_available - 0,
             last_sequence = last_sequence + 1, last_updated = now()
       where organization_id = p_organization and ai_credits_available >= cost and whatsapp_credits_available >= 0
         and email_credits_available >= 0 and sms_credits_available >= 0
         ${mode ? "and (select c.mode from creditshift.control as c) = 'live'" : ''}
      returning last_sequence, ai_credits_available, whatsapp_credits_available, email_credits_available, sms_credits_available
           into row_after;
      insert into public.credit_consumption_logs (
        organization_id, user_id, action_type, quantity, success, outcome, sequence, idempotency_key, legacy_delta,
        ai_credits_consumed, ai_credits_after, whatsapp_credits_consumed, whatsapp_credits_after,
        email_credits_consumed, email_credits_after, sms_credits_consumed, sms_credits_after,
        credits_consumed, balance_before, balance_after, metadata
      ) values (
        p_organization, null, p_action, 1, true, 'success', row_after.last_sequence, null, -1,
        cost, row_after.ai_credits_available, 0, row_after.whatsapp_credits_available,
        0, row_after.email_credits_available, 0, row_after.sms_credits_available,
        cost, row_after.ai_credits_available + cost, row_after.ai_credits_available, null
      );
      return row_after.last_sequence;
    end $$;`;
}
