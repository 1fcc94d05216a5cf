import { expect, test } from 'vitest';
import { readManifest } from '../../src/backup/verify.ts';
import { backup } from '../../src/commands/backup/backup.ts';
import { contextFor, freshDatabase } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';

test('the manifest holds control totals: rows, checksums, balances, and the hash of the catalog', async () => {
  const { url } = await freshDatabase();
  const { document } = await backup(contextFor(url));
  const { controls } = await readManifest(String(document.folder));
  expect(controls?.tables.map(t => [t.table, t.rows, t.partial])).toEqual([
    ['"public"."organizations"', 3, true],
    ['"public"."credit_actions"', 8, false],
    ['"public"."credit_consumption_logs"', 0, false],
    ['"public"."organization_credits"', 2, false],
  ]);
  expect(controls?.balances.sums).toEqual([
    { column: 'credits_remaining', sum: '1094' },
    { column: 'total_credits', sum: '1100' },
    { column: 'used_credits', sum: '0' },
    { column: 'remaining_credits', sum: '1100' },
  ]);
  expect(controls?.catalog.objects).toEqual(
    expect.arrayContaining([
      'relation public.organization_credits',
      'constraint public.organization_credits organization_credits_organization_id_unique',
      'policy public.organization_credits credits_any_reader',
      'function public.consume_credits_rpc(uuid,text)',
    ]),
  );
});

test('checksums do not depend on the order of rows, and see every change but that', async () => {
  const { url, sql } = await freshDatabase();
  const controls = async () => {
    const { document } = await backup(contextFor(url));
    const manifest = await readManifest(String(document.folder));
    const checksum = manifest.controls?.tables.find(t => t.table.includes('logs'))?.checksum;
    return [checksum, manifest.controls?.catalog.sha256];
  };
  const fill = (rows: string[]) => sql`
    insert into credit_consumption_logs (id, action_type, created_at)
    select t.id::bigint, t.action, '2025-01-01' from unnest(${rows.map(r => r.slice(0, 1))}::text[], ${rows.map(r => r.slice(1))}::text[]) as t (id, action)`;
  await fill(['1a', '2a', '3b']);
  const first = await controls();
  await sql`truncate credit_consumption_logs`;
  await fill(['3b', '1a', '2a']);
  expect(await controls()).toEqual(first);
  await sql`update credit_consumption_logs set action_type = case id when 1 then 'b' when 3 then 'a' else action_type end`;
  const [checksum, catalog] = await controls();
  expect(checksum).not.toBe(first[0]);
  expect(catalog).toBe(first[1]);
  await sql`grant insert on organization_credits to pg_monitor`;
  expect(await controls()).toEqual([checksum, expect.not.stringMatching(String(catalog))]);
});

test('after the cutover the totals of every pool are counted too', async () => {
  const { url, sql } = await freshDatabase();
  await migrateTo(sql);
  const { document } = await backup(contextFor(url));
  const { controls } = await readManifest(String(document.folder));
  expect(Object.fromEntries(controls?.balances.sums.map(s => [s.column, s.sum]) ?? [])).toMatchObject({
    ai_credits_available: '1700',
    sms_credits_total: '550',
  });
});
