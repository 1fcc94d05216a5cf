import { parseQualified } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import type { ServerFacts, Sql } from '../database/connect.ts';
import { sqlstate } from '../database/errors.ts';
import type { Facts } from '../database/facts.ts';
import { Problem } from '../problems.ts';
import { chargeOnce } from './charge.ts';
import { compare, controlsOf } from './compare.ts';
import type { Controls } from './controls.ts';
import type { Manifest } from './manifest.ts';
import { hashOfManifest, type Proof } from './proof.ts';
import { checkBeforeMigration, fileOf, loadCopyFile, majorOf, readCopySet } from './read.ts';
import { rebuild, type Unmade } from './schema/rebuild.ts';

/** An empty database of a throw-away server. Its roles are there. */
export interface EmptyDatabase {
  sql: Sql;
  url: string;
  server: ServerFacts;
  /** What the server is, for people. */
  label: string;
}

/**
 * Restores a backup into an empty database, counts there what the backup counted, and charges once.
 * @throws Problem BACKUP_DAMAGED, BACKUP_AFTER_MIGRATION, BACKUP_NEWER; what was restored and differs is a fault of the proof
 */
export async function prove({ sql, server, label }: Omit<EmptyDatabase, 'url'>, folder: string): Promise<Proof> {
  const manifest = await readCopySet(folder);
  checkBeforeMigration(manifest);
  checkServer(manifest.serverVersion, server.version);
  const controls = controlsOf(folder, manifest);
  let mark = performance.now();
  const lap = () => {
    const before = mark;
    mark = performance.now();
    return Math.round(mark - before) / 1000;
  };
  const unmade = await restore(sql, folder, manifest, controls);
  const restored = lap();
  const faults = await compare(sql, manifest, controls);
  if (faults.length > 0)
    faults.push(...unmade.slice(0, 10).map(u => `not made: ${u.message}: ${u.statement.slice(0, 100)}`));
  const compared = lap();
  const { charged, fault } = await charge(sql, manifest.config as Config, manifest.facts as Facts);
  return {
    format: 1,
    manifest: await hashOfManifest(folder),
    provedAt: new Date().toISOString(),
    server: label,
    seconds: { restore: restored, compare: compared },
    charged,
    faults: fault === undefined ? faults : [...faults, fault],
  };
}

/** @throws Problem BACKUP_NEWER or DISPOSABLE_UNAVAILABLE where `server` has not the major version of the backup */
export function checkServer(backup: string, server: string): void {
  const [wanted, found] = [majorOf(backup), majorOf(server)];
  if (wanted === found) return;
  const message = `The backup is of PostgreSQL ${wanted}, and the throw-away server is ${found}: it would prove nothing.`;
  throw new Problem(wanted > found ? 'BACKUP_NEWER' : 'DISPOSABLE_UNAVAILABLE', message, {
    state: 'The database is untouched by this run.',
    next: `creditshift backup --prove   on a server ${wanted}: --postgres ${wanted}, an image or the postgres:// URL of one`,
  });
}

async function restore(sql: Sql, folder: string, manifest: Manifest, controls: Controls): Promise<Unmade[]> {
  const { before = [], after = [] } = manifest.schema ?? {};
  await sql.unsafe(`set search_path = ''; set check_function_bodies = off; set client_min_messages = error`);
  const unmade = await rebuild(sql, before);
  for (const { table } of controls.tables) {
    const name = parseQualified(table);
    const [there] = await sql<{ there: boolean }[]>`select to_regclass(${table}) is not null as there`;
    if (!there?.there) continue;
    const load = sql.begin(tx => loadCopyFile(tx, folder, fileOf(folder, manifest, name), table));
    await load.catch(error => {
      if (sqlstate(error) === undefined) throw error;
      unmade.push({ statement: `the rows of ${table}`, message: (error as Error).message });
    });
  }
  return [...unmade, ...(await rebuild(sql, after))];
}

/** Calls the legacy function once, as an application sees it. */
export async function charge(
  sql: Sql,
  config: Config,
  facts: Facts,
): Promise<{ charged: Proof['charged']; fault?: string }> {
  // Its search_path is not empty.
  const attempt = sql.begin(async tx => {
    await tx.unsafe('set local search_path to default');
    return chargeOnce(tx, config, facts);
  });
  try {
    const charged = await attempt;
    if (charged === null || Number(charged.spent) > 0) return { charged };
    return { charged, fault: `the legacy function charged nothing for ${charged.action}: ${charged.answer}` };
  } catch (error) {
    return {
      charged: null,
      fault: `the legacy function does not run on what was restored: ${(error as Error).message}`,
    };
  }
}
