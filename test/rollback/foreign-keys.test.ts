import { expect, test } from 'vitest';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

const yaml = guardianYaml.replace(
  'catalogue:',
  'catalogue:\n  voice_call: { legacyCost: 4, pools: { sms: 1 } }\n  fax: { legacyCost: 4, pools: { sms: 1 } }',
);

test.each(['', 'deferrable initially deferred', 'on delete cascade', 'on delete set null'])(
  'drop with a foreign key of the log to the price list (%s) keeps log entries and the actions they name',
  async options => {
    const { url, sql } = await freshDatabase();
    await sql.unsafe(`alter table credit_consumption_logs
      add constraint action_exists foreign key (action_type) references credit_actions ${options}`);
    const context = contextFor(url, yaml);
    await expect(migrate(context)).rejects.toMatchObject({
      code: 'PLAN_CONFLICTS',
      details: [
        expect.stringContaining('add ai_consumption, whatsapp_consumption, email_consumption, sms_consumption'),
      ],
    });
    await sql`insert into credit_actions (action_type, credits_cost)
              select pool || '_consumption', 1 from unnest(array['ai', 'whatsapp', 'email', 'sms']) as pool`;
    await migrate(context);
    await sql`select consume_credits_rpc(${AGENZIA}, 'voice_call')`;
    const { exitCode } = await rollback(context, { method: 'drop' });
    expect(exitCode).toBe(0);
    expect([...(await sql`select action_type as action from credit_consumption_logs`)]).toEqual([
      { action: 'voice_call' },
    ]);
    const added =
      await sql`select action_type as action from credit_actions where action_type in ('voice_call', 'fax')`;
    expect([...added]).toEqual([{ action: 'voice_call' }]);
  },
);
