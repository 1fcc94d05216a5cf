import { describe, expect, test } from 'vitest';
import { buildModel } from '../../src/config/model.ts';
import type { Sql } from '../../src/database/connect.ts';
import { readFacts } from '../../src/database/facts.ts';
import { chargeAtOnce } from '../../src/rehearsal/at-once.ts';
import { makeOrganizations } from '../../src/rehearsal/organizations.ts';
import { differences, keepOriginal } from '../../src/rehearsal/original.ts';
import { changePlan, planOf } from '../../src/rehearsal/plan-change.ts';
import { freshDatabase, guardianConfig, VICTORY } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';

const nothing = { actions: [], organizations: [] };

test('new organizations get the pools of the plan they come with, and a changed plan is seen', async () => {
  const { sql } = await freshDatabase();
  const { model } = await migrateTo(sql);
  const { organizations, ...rest } = await makeOrganizations(sql, model);
  expect(rest).toEqual({ skipped: [], faults: [] });
  expect(organizations).toHaveLength(2);
  const [first = '', second = ''] = organizations;
  const plan = await planOf(sql, first);
  expect(plan).toBeDefined();
  expect(await changePlan(sql, model, second)).not.toBe(plan);
});

test('tables that take no further organization are told of, and new organizations that get no pools are a fault', async () => {
  const { sql } = await freshDatabase();
  const { model } = await migrateTo(sql);
  await sql`alter table public.organization_credits disable trigger creditshift_new_organization`;
  expect((await makeOrganizations(sql, model)).faults).toEqual([
    expect.stringContaining('got no pools by itself'),
    expect.stringContaining('got no pools by itself'),
  ]);
  await sql.unsafe(`create function refuse() returns trigger language plpgsql as $$ begin raise 'no more'; end $$;
    create trigger full_up before insert on public.organizations for each row execute function refuse()`);
  expect(await makeOrganizations(sql, model)).toEqual({
    organizations: [],
    faults: [],
    skipped: ['new organizations: the tables refuse one: no more'],
  });
});

test('a row lost, changed or added, and an object that is another, are differences', async () => {
  const { sql } = await freshDatabase();
  const config = guardianConfig();
  const model = buildModel(config, await readFacts(sql, config));
  const original = await keepOriginal(sql);
  const allowed = { catalog: true, entries: 0, kept: nothing };
  expect(await differences(sql, original, model, allowed)).toEqual([]);
  await sql`update public.organizations set name = 'Another' where id = ${VICTORY}`;
  await sql`update public.organization_credits set credits_remaining = 0`;
  await sql`insert into public.credit_actions (action_type, credits_cost) values ('added', 1), ('kept', 1)`;
  await sql`alter table public.profiles alter column full_name set default ''`;
  expect(await differences(sql, original, model, { ...allowed, kept: { ...nothing, actions: ['kept'] } })).toEqual([
    expect.stringMatching(/^~ column public.profiles/),
    'public.credit_actions: 1 row more than expected',
    'public.organizations: 1 row lost or changed',
    'public.organizations: 1 row more than expected',
  ]);
});

describe('charges of many clients at once', () => {
  const books = (sql: Sql) => sql<{ ai: number; entries: number }[]>`
    select ai_credits_available as ai, last_sequence::integer as entries
      from organization_credits order by organization_id`;

  test('each counts once, of one organization and of several', async () => {
    const { url, sql } = await freshDatabase();
    const { model } = await migrateTo(sql);
    expect(await chargeAtOnce(sql, { url, environment: {} }, model)).toEqual({
      faults: [],
      skipped: [],
      pace: {
        clients: 16,
        organizations: 2,
        charges: 80,
        seconds: expect.any(Number),
        slowestMilliseconds: expect.any(Number),
      },
    });
    // A quarter of Agenzia's 99 legacy credits is more than 16; one charge more has the key.
    expect(await books(sql)).toEqual([
      { ai: 1500 - 65, entries: 66 },
      { ai: 200 - 16, entries: 17 },
    ]);
    await sql`update organization_credits set credits_remaining = 7`;
    expect((await chargeAtOnce(sql, { url, environment: {} }, model)).skipped).toHaveLength(1);
  });

  test.each([
    [
      'an update that is lost',
      `create function lose() returns trigger language plpgsql as $$ begin
         if new.last_sequence % 7 = 0 then new.ai_credits_available := new.ai_credits_available + 1; end if;
         return new; end $$;
       create trigger lose before update on organization_credits for each row execute function lose()`,
      /ai credits \d+ after 65 charges at once, expected 1435/,
    ],
    [
      'a key that is forgotten',
      `create function forget() returns trigger language plpgsql as $$ begin new.idempotency_key := null; return new; end $$;
       create trigger forget before insert on credit_consumption_logs for each row execute function forget()`,
      /16 clients with one idempotency key were answered/,
    ],
    [
      'an error',
      `create function fail() returns trigger language plpgsql as $$ begin
         if new.sequence = 30 then raise 'no room'; end if; return new; end $$;
       create trigger fail before insert on credit_consumption_logs for each row execute function fail()`,
      /a charge among others was answered no room/,
    ],
  ])('%s is a fault', async (_, plant, fault) => {
    const { url, sql } = await freshDatabase();
    const { model } = await migrateTo(sql);
    await sql.unsafe(plant);
    const { faults } = await chargeAtOnce(sql, { url, environment: {} }, model);
    expect(faults).toContainEqual(expect.stringMatching(fault));
  });
});
