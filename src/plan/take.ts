import { changesOf } from '../config/changes.ts';
import type { Config } from '../config/schema.ts';
import type { CatalogEntry } from '../database/catalog.ts';
import type { Queryable, ServerFacts } from '../database/connect.ts';
import type { Facts } from '../database/facts.ts';
import { isApplied, type State } from '../database/state.ts';
import { catalogBefore, hashesOf, migrationOf, planHash, renderedSql, sha256 } from '../rehearsal/hashes.ts';
import type { Step } from '../steps/step.ts';
import { version } from '../version.ts';
import type { SavedPlan } from './saved.ts';

/** What a plan is taken of. */
export interface Subject {
  server: ServerFacts;
  state: State | undefined;
  config: Config;
  facts: Facts;
}

/** The plan of a migrate to `target` as it would be carried out now, on the catalog of now, from the snapshot of `tx`. */
export async function takePlan(
  tx: Queryable,
  { server, state, config, facts }: Subject,
  target: readonly Step[],
  catalog: readonly CatalogEntry[],
): Promise<Omit<SavedPlan, 'to' | 'findings'>> {
  const names = target.map(step => step.name);
  return {
    creditshift: version,
    at: new Date().toISOString(),
    database: server.database,
    systemIdentifier: server.systemIdentifier,
    hash: planHash(hashesOf(config, facts, await catalogBefore(tx))),
    steps: names,
    pending: names.filter(name => !isApplied(state, name)),
    changes: state ? changesOf(state.config, config).lines : [],
    revision: state?.revision ?? 0,
    journal: state ? await journalHead(tx) : 0,
    configuration: Object.fromEntries(leavesOf(migrationOf(config))),
    sql: Object.fromEntries([...renderedSql(config, facts)].map(([file, sql]) => [file, sha256([sql])])),
    catalog: Object.fromEntries(catalog.map(entry => [nameOf(entry), sha256([entry.definition])])),
  };
}

/** How a plan calls an object of the catalog. */
export const nameOf = ({ kind, identity }: CatalogEntry): string => `${kind} ${identity}`;

async function journalHead(tx: Queryable): Promise<number> {
  const [head] = await tx<{ position: number }[]>`
    select coalesce(max(position), 0)::integer as position from creditshift.journal`;
  return head?.position ?? 0;
}

/** Each value of the configuration by its path, `plans.starter.price`, as a hash. */
function leavesOf(value: unknown, path: readonly string[] = []): [string, string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length === 0)
    return value === undefined ? [] : [[path.join('.'), sha256([JSON.stringify(value)])]];
  return Object.entries(value).flatMap(([key, part]) => leavesOf(part, [...path, key]));
}
