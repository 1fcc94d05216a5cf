import fc from 'fast-check';
import { connect, type Sql, type Transaction } from '../../src/database/connect.ts';

/** Organizations that are not closed. */
const LEFT = 100;
const PLANS = ['starter', 'premium', 'custom', 'carry', 'free'] as const;

/** Something that an application does with one organization. */
export interface Deed {
  kind: 'charge' | 'top up' | 'change plan' | 'found' | 'close' | 'renew';
  who: number;
  plan: (typeof PLANS)[number];
  amount: number;
}

export const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom('charge', 'charge', 'charge', 'top up', 'change plan', 'found', 'close', 'renew'),
  who: fc.nat(10_000),
  plan: fc.constantFrom(...PLANS),
  amount: fc.integer({ min: 1, max: 500 }),
});

/** Clients that do their deeds, over and over, until they are stopped; an error that one meets is thrown there. */
export async function startMoving(url: string, scripts: readonly (readonly Deed[])[]) {
  const clients = await Promise.all(scripts.map(() => connect({ url, environment: {} }, 'client', 1)));
  let stopped = false;
  let done = 0;
  const ended = Promise.allSettled(
    clients.map(async ({ sql }, client) => {
      for (let turn = 0; !stopped; turn++) {
        const deeds = scripts[client] ?? [];
        const next = deeds[turn % deeds.length];
        if (next) await act(sql, next);
        done += 1;
      }
      await sql.end();
    }),
  );
  return async (): Promise<number> => {
    stopped = true;
    const failed = (await ended).find(outcome => outcome.status === 'rejected');
    if (failed) throw failed.reason;
    return done;
  };
}

async function act(sql: Sql, { kind, who, plan, amount }: Deed): Promise<unknown> {
  const [row] = await sql<{ id: string }[]>`
    select organization_id as id from organization_credits order by organization_id
     offset ${who}::integer % (select greatest(count(*), 1)::integer from organization_credits) limit 1`;
  const id = row?.id ?? null;
  switch (kind) {
    case 'charge':
      return sql`select consume_credits_rpc(${id}::uuid, 'ai_chat')`;
    case 'found':
      return sql.begin(tx => found(tx, plan, amount));
    case 'top up':
      return beforeCutover(
        sql,
        tx => tx`
        update organization_credits set credits_remaining = credits_remaining + ${amount}, total_credits = total_credits + ${amount}
         where organization_id = ${id}`,
      );
    case 'change plan':
      return beforeCutover(
        sql,
        tx => tx`update organization_credits set plan_name = ${plan} where organization_id = ${id}`,
      );
    case 'close':
      return beforeCutover(sql, async tx => {
        // However long it takes, the world does not run empty.
        const gone = await tx`
          delete from organization_credits
           where organization_id = ${id} and (select count(*) from organization_credits) > ${LEFT} returning 1`;
        if (gone.length > 0) await tx`delete from organizations where id = ${id} and slug like 'moving%'`;
      });
    case 'renew':
      return beforeCutover(sql, async tx => {
        const gone = await tx`delete from organization_credits where organization_id = ${id} returning 1`;
        if (gone.length > 0) await fund(tx, id ?? '', plan, amount);
      });
  }
}

/** What only old code does: write legacy columns. It looks and writes under one lock, so the cutover is not between. */
const beforeCutover = (sql: Sql, write: (tx: Transaction) => Promise<unknown>) =>
  sql.begin(async tx => {
    await tx`lock table organization_credits in row exclusive mode`;
    const [control] = await tx<{ mode: string }[]>`select mode from creditshift.control`;
    if (control?.mode === 'legacy') await write(tx);
  });

async function found(tx: Transaction, plan: string, amount: number): Promise<void> {
  const [organization] = await tx<{ id: string }[]>`
    insert into organizations (name, slug) values ('Moving', 'moving ' || gen_random_uuid()) returning id`;
  await fund(tx, organization?.id ?? '', plan, amount);
}

const fund = (tx: Transaction, id: string, plan: string, amount: number) => tx`
  insert into organization_credits (organization_id, plan_name, total_credits, credits_remaining)
  values (${id}, ${plan}, ${amount}, ${amount}) on conflict do nothing`;
