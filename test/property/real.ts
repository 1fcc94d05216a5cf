import { backup } from '../../src/commands/backup/backup.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { type CatalogEntry, recordedCatalog } from '../../src/database/catalog.ts';
import { connect, type Sql } from '../../src/database/connect.ts';
import { databasesHere } from '../support/databases.ts';
import { ADMIN, AGENZIA, contextFor, migrate } from '../support/guardian.ts';
import { GUARDIAN_TEMPLATE } from '../support/server.ts';
import { type Backup, create, type Model, migrate as migrated } from './model.ts';
import { YAML } from './terms.ts';

/** One database of a sequence, and all that a sequence has in common with the others. */
export interface Real {
  url: string;
  sql: Sql;
  context: Context;
  before: { folder: string; balances: Backup; catalog: CatalogEntry[] };
}

/** Where sequences begin. */
export interface World {
  /** A database copied from its template, unmigrated or cut over, with the model of it. */
  open: (live: boolean) => Promise<{ real: Real; model: Model }>;
  close: () => Promise<void>;
}

export const keyOf = (n: number): string => `00000000-0000-0000-0000-${String(1000 + n).padStart(12, '0')}`;

/** Organizations beside Guardian's own two: some poor, one skipped, two that divide their balance. */
const ADDED = [
  { plan: 'tiny', balance: 6 },
  { plan: 'carry', balance: 100 },
  { plan: 'custom', balance: 101 },
  { plan: 'free', balance: 20 },
];

/** Every sequence's database has the one name, so that the backup belongs to it. */
export async function openWorld(): Promise<World> {
  const server = databasesHere();
  const name = `cs_sequence_${process.pid}`;
  const template = { unmigrated: `${name}_unmigrated`, live: `${name}_live` };
  const url = await server.createDatabase(name, GUARDIAN_TEMPLATE);
  const context = contextFor(url, YAML);
  const fresh = modelOfGuardian();
  const catalog = await within(url, async sql => {
    for (const [n, { plan, balance }] of ADDED.entries()) {
      await insertOrganization(sql, keyOf(n), plan, balance);
      create(fresh, keyOf(n), plan, balance);
    }
    return recordedCatalog(sql);
  });
  await server.createDatabase(template.unmigrated, name);
  const { document } = await backup(context);
  await migrate(context);
  await server.createDatabase(template.live, name);
  const live = structuredClone(fresh);
  migrated(live, '090_cutover');
  const balances = new Map([...fresh.organizations].map(([id, { total, remaining }]) => [id, { total, remaining }]));
  const before = { folder: String(document.folder), balances, catalog };
  let last: Sql | undefined;
  return {
    open: async isLive => {
      await last?.end({ timeout: 1 });
      await server.dropDatabase(name);
      await server.createDatabase(name, isLive ? template.live : template.unmigrated);
      const { sql } = await connect({ url, environment: {} }, 'application');
      last = sql;
      return { real: { url, sql, context, before }, model: structuredClone(isLive ? live : fresh) };
    },
    close: async () => {
      await last?.end({ timeout: 1 });
      await server.stop();
    },
  };
}

function modelOfGuardian(): Model {
  const model: Model = { organizations: new Map(), calls: [], applied: 0, mode: 'legacy', restored: undefined };
  create(model, ADMIN, 'free', 1000);
  create(model, AGENZIA, 'free', 100);
  for (const [id, remaining] of [
    [ADMIN, 995],
    [AGENZIA, 99],
  ] as const)
    Object.assign(model.organizations.get(id) ?? {}, { remaining });
  return model;
}

async function within<T>(url: string, body: (sql: Sql) => Promise<T>): Promise<T> {
  const { sql } = await connect({ url, environment: {} });
  return body(sql).finally(() => sql.end());
}

/** An organization and its balance row; the organization may be there from an earlier life. */
export async function insertOrganization(sql: Sql, id: string, plan: string, balance: number): Promise<void> {
  await sql`insert into organizations (id, name, slug) values (${id}, ${id}, ${id}) on conflict do nothing`;
  await sql`insert into organization_credits (organization_id, plan_name, total_credits, credits_remaining)
            values (${id}, ${plan}, ${balance}, ${balance})`;
}
