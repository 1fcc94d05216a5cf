import { expect } from 'vitest';
import { type CatalogEntry, recordedCatalog } from '../../src/database/catalog.ts';
import { type Ended, start, workFolder } from '../cli/creditshift.ts';
import type { Fresh } from '../support/guardian.ts';
import { balances, type Clients, startClients, type Told } from './clients.ts';
import type { Command } from './runs.ts';
import { WEALTH, worldYaml } from './world.ts';

/** A database that was backed up and migrated, and is charged. */
export interface Migrated {
  before: { balances: Map<string, number>; catalog: CatalogEntry[] };
  clients: Clients;
  /** The rollback of that database. */
  command: Command;
  close: () => Promise<void>;
}

/** Backs a world up, migrates it, and has clients charge it. */
export async function migratedWorld(world: Fresh, args: readonly string[]): Promise<Migrated> {
  const { url, sql, close } = world;
  const folder = workFolder(worldYaml);
  const before = { balances: await balances(sql), catalog: await recordedCatalog(sql) };
  for (const command of ['backup', 'migrate'])
    expect(await start([command], folder, url).ended).toMatchObject({ code: 0 });
  const clients = await startClients(url);
  await clients.answers(20);
  return { before, clients, close, command: { args: ['rollback', '--yes', ...args], folder, url, sql } };
}

/** The balances lost what the clients were told, each charge costing one legacy credit, and nothing else. */
export async function expectSettled({ command, before }: Migrated, told: Map<string, Told>): Promise<void> {
  const now = await balances(command.sql);
  const lost = [...now].map(([id, balance]) => [id, (before.balances.get(id) ?? WEALTH) - balance]);
  const spent = [...told].map(([id, { legacy, pools }]) => [id, legacy + pools]);
  expect(Object.fromEntries(lost)).toEqual(Object.fromEntries(spent));
}

/** A run that died after its last commit had done its work: the next one is told that there is nothing left to do. */
export function expectDone(last: Ended): void {
  if (last.code === 6) expect(last.stderr).toMatch(/NOT_CUT_OVER|NOTHING_TO_ROLL_BACK/);
  else expect(last).toMatchObject({ code: 0 });
}
