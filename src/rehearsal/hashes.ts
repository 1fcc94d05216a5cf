import { createHash } from 'node:crypto';
import { buildModel } from '../config/model.ts';
import { renderSql } from '../config/render.ts';
import type { Config } from '../config/schema.ts';
import { type CatalogEntry, recordedCatalog } from '../database/catalog.ts';
import type { Queryable } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import { STEPS } from '../steps/all.ts';
import { forwardSql, inverseSql } from '../steps/step.ts';

/** What a rehearsal stands for, as SHA-256: another schema, configuration or SQL was not rehearsed. */
export interface Hashes {
  /** The catalog outside the toolkit's schemas, as it was before the migration. */
  schema: string;
  /** The configuration, apart from what is no part of the migration: `hooks`, `expect`, `privacy`, `approvals`. */
  configuration: string;
  /** Every step and its inverse as rendered for a fresh migration, and the settlement. */
  sql: string;
}

/** The hashes of a migration of a database with these facts and this catalog. */
export const hashesOf = (config: Config, facts: Facts, catalog: readonly CatalogEntry[]): Hashes => ({
  schema: catalogHash(catalog),
  configuration: sha256([JSON.stringify(migrationOf(config))]),
  sql: sha256([...renderedSql(config, facts).values()]),
});

/** What of the configuration decides a migration. */
export function migrationOf(config: Config) {
  const { hooks: _h, expect: _e, privacy: _p, approvals: _a, $schema: _s, ...migration } = config;
  return migration;
}

/** Every step and its inverse as rendered for a fresh migration, and the settlement, by the file that each comes from. */
export function renderedSql(config: Config, facts: Facts): Map<string, string> {
  const model = buildModel(config, facts);
  const steps = STEPS.flatMap(step => [
    [`migrations/${step.name}.sql`, forwardSql(step, model)] as const,
    ...(step.irreversible ? [] : [[`rollback/${step.name}.sql`, inverseSql(step, model)] as const]),
  ]);
  const ways = ['settle', 'compare', 'restore'].map(name => `rollback/${name}.sql`);
  return new Map([...steps, ...ways.map(path => [path, renderSql(path, model)] as const)]);
}

/** The same for the same catalog on any server, as SHA-256. */
export const catalogHash = (catalog: readonly CatalogEntry[]): string =>
  // Servers order text differently.
  sha256(catalog.map(({ kind, identity, definition }) => JSON.stringify([kind, identity, definition])).sort());

/** One hash of all three: what somebody approves. */
export const planHash = ({ schema, configuration, sql }: Hashes): string => sha256([schema, configuration, sql]);

/** The catalog before the migration: the recorded one, or that of now where none has begun. */
export async function catalogBefore(sql: Queryable): Promise<CatalogEntry[]> {
  const [there] = await sql<{ there: boolean }[]>`select to_regclass('creditshift.revisions') is not null as there`;
  if (!there?.there) return recordedCatalog(sql);
  const [row] = await sql<{ catalog: CatalogEntry[] }[]>`select catalog from creditshift.revisions where revision = 1`;
  return row?.catalog ?? [];
}

/** One SHA-256 of these texts, in hexadecimal. */
export function sha256(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\n');
  return hash.digest('hex');
}
