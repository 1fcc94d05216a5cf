import { expect, test } from 'vitest';
import { backup } from '../../src/commands/backup/backup.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { AGENZIA, contextFor, freshDatabase, migrate } from '../support/guardian.ts';

test.each(['disable', 'drop', 'restore'] as const)(
  'deferred constraints on the balances are in the way of neither a migration nor of %s',
  async method => {
    const { url, sql } = await freshDatabase();
    // Their events wait for the commit, and a table with waiting events cannot be altered.
    await sql.unsafe(`
      create function audited() returns trigger language plpgsql as 'begin return null; end';
      create constraint trigger audited after insert or update of credits_remaining or delete on organization_credits
        deferrable initially deferred for each row execute function audited();
      alter table organization_credits add constraint of_an_organization
        foreign key (organization_id) references organizations (id) deferrable initially deferred`);
    const context = contextFor(url);
    await backup(context, {});
    await migrate(context);
    await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat')`;
    expect(await rollback(context, { method })).toMatchObject({ exitCode: 0 });
    expect([...(await sql`select credits_remaining as left from organization_credits order by 1`)]).toEqual([
      { left: 98 },
      { left: 995 },
    ]);
  },
);
