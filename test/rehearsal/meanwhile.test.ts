import { expect, test } from 'vitest';
import { buildModel } from '../../src/config/model.ts';
import { readFacts } from '../../src/database/facts.ts';
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
