import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ARCHIVES } from '../../src/backup/archives.ts';
import { readCopySet } from '../../src/backup/read.ts';
import { verify } from '../../src/commands/verify.ts';
import { foundIn } from '../checks/found.ts';
import { start } from '../cli/creditshift.ts';
import { openProxy } from '../online/proxy.ts';
import { expireLease, finishedRun } from '../online/runs.ts';
import { contextFor } from '../support/guardian.ts';
import { migrateTo, sharedDatabase } from '../support/migrated.ts';
import { age, LOG, spend, spendOften } from './support.ts';

let shared: Awaited<ReturnType<typeof sharedDatabase>>;
beforeAll(async () => {
  shared = await sharedDatabase();
  await migrateTo(shared.sql);
});
afterAll(() => shared.drop());

/** Statements that a run is killed at, each later in it than the one before: on the way to the server, or just sent. */
const PLACES = [
  { statement: /^copy \(select/, sent: false },
  { statement: /^with removed as \(delete/, sent: false },
  { statement: /^with removed as \(delete/, sent: true },
  { statement: /^delete from .* and not l\.success/s, sent: false },
  { statement: /^\s*select jsonb_build_object\('openings'/, sent: false },
] as const;

test('killed at any place, the same command goes on: all that left the log is in an archive, and openings stand for it', async () => {
  const { sql, url } = shared;
  const context = contextFor(url);
  const args = ['audit', 'retention', '--older-than', '13mo', '--yes'];
  await spend(sql, 1);
  await spendOften(sql, 40);
  await age(sql, 14);
  await spend(sql, 2);
  const owed = () => sql`
    select organization, sum(delta)::text as delta
      from (select organization_id, legacy_delta from credit_consumption_logs where sequence is not null
            union all select organization, legacy_delta from creditshift.allocations) as entries (organization, delta)
     group by 1 order by 1`;
  const old = (await sql.unsafe(`select id from ${LOG} where created_at < now() - interval '13 months'`)).map(r =>
    String(r.id),
  );
  const before = await owed();

  for (const { statement, sent } of PLACES) {
    let child: ReturnType<typeof start> | undefined;
    const through = await openProxy(url, async ({ text }, forward) => {
      const here = statement.test(text);
      if (!here || sent) forward();
      if (!here) return;
      child?.kill('SIGKILL');
      await new Promise(() => {});
    });
    child = start(args, context.folder, through);
    expect(await child.ended).toMatchObject({ code: null });
    await expireLease(sql);
    expect(foundIn((await verify(context, { only: 'ledger' })).document)).toEqual([]);
    expect(await owed()).toEqual(before);
  }
  expect(await finishedRun({ args, folder: context.folder, url, sql })).toMatchObject({ code: 0 });

  expect(await sql.unsafe(`select from ${LOG} where created_at < now() - interval '13 months'`)).toHaveLength(0);
  const archived = new Set<string>();
  const folders = readdirSync(join(context.folder, ARCHIVES)).filter(name => !name.endsWith('.partial'));
  for (const name of folders) {
    const folder = join(context.folder, ARCHIVES, name);
    await readCopySet(folder);
    const file = readdirSync(folder).find(name => name.endsWith('.copy')) ?? '';
    for (const line of readFileSync(join(folder, file), 'utf8').trimEnd().split('\n'))
      archived.add(line.split('\t')[0] ?? '');
  }
  expect(old.filter(id => !archived.has(id))).toEqual([]);
  expect(await owed()).toEqual(before);
  expect(foundIn((await verify(context, { only: 'ledger' })).document)).toEqual([]);
  const events = await sql`select event from creditshift.journal where event like 'retention%' order by position`;
  expect(events.at(-1)?.event).toBe('retention');
});
