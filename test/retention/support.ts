import { audit } from '../../src/commands/audit/audit.ts';
import type { Context } from '../../src/commands/session/context.ts';
import type { Sql } from '../../src/database/connect.ts';
import { ADMIN, AGENZIA, VICTORY } from '../support/guardian.ts';

export const LOG = 'public.credit_consumption_logs';

/** Charges, refusals, reversals, a top-up and a reset, of three organizations, one of which is deleted and comes back. */
export async function spend(sql: Sql, round: number): Promise<void> {
  const charge = (organization: string, action: string, quantity = 1) =>
    sql`select consume_credits_rpc(${organization}::uuid, ${action}, ${quantity}, null, ${`${round} ${action} ${quantity}`})`;
  await sql`insert into organization_credits (organization_id, plan_name, credits_remaining)
            values (${VICTORY}, 'premium', 50) on conflict do nothing`;
  for (const quantity of [1, 2, 3]) await charge(AGENZIA, 'ai_chat', quantity);
  await sql`select reverse_credits(${AGENZIA}::uuid, last_sequence - 1, 1) from organization_credits where organization_id = ${AGENZIA}`;
  await charge(ADMIN, 'email_send', 2);
  await charge(ADMIN, 'ai_chat', 99_999);
  await sql`select top_up_credits(${AGENZIA}::uuid, 'sms', 10, ${`pi_${round}`})`;
  await charge(AGENZIA, 'sms_send', 4);
  await sql`select reset_cycle(${AGENZIA}::uuid, make_date(2026, ${round}, 1))`;
  await charge(AGENZIA, 'whatsapp_message', 2);
  await charge(VICTORY, 'form_generation', 2);
  if (round === 1) await sql`delete from organization_credits where organization_id = ${VICTORY}`;
}

/** So many new organizations with 30 charges each, and a refusal. */
export async function spendOften(sql: Sql, organizations: number): Promise<string[]> {
  const made = await sql<{ id: string }[]>`
    insert into organization_credits (organization_id, plan_name)
    select ('10000000-0000-0000-0000-' || lpad(n::text, 12, '0'))::uuid, 'premium' from generate_series(1, ${organizations}::integer) as n
    returning organization_id as id`;
  for (const { id } of made)
    await sql`select consume_credits_rpc(${id}::uuid, 'ai_chat', case n when 31 then 99999 else 1 end) from generate_series(1, 31) as n`;
  return made.map(({ id }) => id);
}

/** Makes all entries and refusals older, and waits until every transaction sees them so: retention takes no others. */
export async function age(sql: Sql, months: number): Promise<void> {
  await sql.unsafe(`
    alter table ${LOG} disable trigger creditshift_append_only;
    update ${LOG} set created_at = created_at - interval '${months} months' where success is not null;
    alter table ${LOG} enable always trigger creditshift_append_only`);
  const [now] = await sql<{ xid: string }[]>`select pg_current_xact_id()::text as xid`;
  for (let seen = false; !seen; ) {
    const [row] = await sql<{ seen: boolean }[]>`
      select pg_snapshot_xmin(pg_current_snapshot()) > ${now?.xid ?? ''}::text::xid8 as seen`;
    seen = row?.seen ?? false;
  }
}

export const retain = (context: Context, olderThan = '13mo') => audit(context, { what: 'retention', olderThan });
