import { setTimeout as pause } from 'node:timers/promises';
import { connect, type Sql } from '../../src/database/connect.ts';
import { WEALTH } from './world.ts';

/** What one organization's client was told: legacy credits spent, charges to pools. */
export interface Told {
  legacy: number;
  pools: number;
}

/** Clients that charge, and create organizations, until they are stopped. */
export interface Clients {
  /** Ends them; what each organization was told. Any error that one of them met is thrown here. */
  stop: () => Promise<Map<string, Told>>;
  /** Resolves after so many further answers. */
  answers: (count: number) => Promise<void>;
}

interface Answer {
  success: boolean;
  consumed?: object;
  credits_consumed?: number;
}

const CLIENTS = 2;
/** Milliseconds between an answer and the next question. */
const THINKING = 10;
/** Answers after which a client creates an organization. */
const BIRTH = 50;

/** Charges all organizations around and around, one at a time each: the legacy function loses concurrent charges. */
export async function startClients(url: string): Promise<Clients> {
  const { sql } = await connect({ url, environment: {} }, 'client');
  const rows = await sql<{ id: string }[]>`select organization_id as id from organization_credits order by 1`;
  const told = new Map<string, Told>(rows.map(({ id }) => [id, { legacy: 0, pools: 0 }]));
  let stopped = false;
  let count = 0;
  let waiting: { until: number; done: () => void }[] = [];
  const charge = async (organization: string, account: Told) => {
    const [row] = await sql<{ answer: Answer }[]>`
      select consume_credits_rpc(${organization}::uuid, 'ai_chat') as answer`;
    const { success, consumed, credits_consumed: spent = 0 } = row?.answer ?? { success: false };
    if (success && consumed) account.pools += 1;
    else if (success) account.legacy += spent;
    count += 1;
    for (const w of waiting.filter(w => w.until <= count)) w.done();
    waiting = waiting.filter(w => w.until > count);
  };
  const running = Array.from({ length: CLIENTS }, async (_, client) => {
    const own = rows.filter((_, index) => index % CLIENTS === client).map(({ id }) => id);
    for (let turn = 0; !stopped; turn++) {
      const id = own[turn % own.length] ?? '';
      await charge(id, told.get(id) ?? { legacy: 0, pools: 0 });
      if (turn % BIRTH === BIRTH - 1) {
        const born = await createOrganization(sql);
        told.set(born, { legacy: 0, pools: 0 });
        own.push(born);
      }
      await pause(THINKING);
    }
  });
  const ended = Promise.allSettled(running);
  return {
    answers: more => new Promise(done => waiting.push({ until: count + more, done })),
    stop: async () => {
      stopped = true;
      const failed = (await ended).find(r => r.status === 'rejected');
      await sql.end();
      if (failed) throw failed.reason;
      return told;
    },
  };
}

async function createOrganization(sql: Sql): Promise<string> {
  return sql.begin(async tx => {
    const [organization] = await tx<{ id: string }[]>`
      insert into organizations (name, slug) values ('Born meanwhile', gen_random_uuid()) returning id`;
    const id = organization?.id ?? '';
    await tx`
      insert into organization_credits (organization_id, plan_name, total_credits, credits_remaining)
      values (${id}, (array['starter', 'premium', 'carry'])[1 + floor(random() * 3)::integer], ${WEALTH}, ${WEALTH})`;
    return id;
  });
}

/** Legacy balances by organization. */
export async function balances(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql<{ id: string; balance: number }[]>`
    select organization_id as id, credits_remaining as balance from organization_credits`;
  return new Map(rows.map(r => [r.id, r.balance]));
}

/** What the clients were told, as the database has it: what legacy balances lost since `before`, and charges in the log. */
export async function found(sql: Sql, before: Map<string, number>): Promise<Map<string, Told>> {
  const rows = await sql<{ id: string; pools: number }[]>`
    select b.organization_id as id, count(l)::integer as pools
      from organization_credits as b
      left join credit_consumption_logs as l
             on l.organization_id = b.organization_id and to_jsonb(l) ->> 'success' = 'true'
     group by 1`;
  const now = await balances(sql);
  return new Map(rows.map(({ id, pools }) => [id, { legacy: (before.get(id) ?? WEALTH) - (now.get(id) ?? 0), pools }]));
}
