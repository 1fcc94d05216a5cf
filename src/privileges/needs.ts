import type { Model } from '../config/model.ts';
import { quoteIdentifier as q } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import { membersOf, type Rights } from '../database/rights.ts';

/** A statement that a role needs, and what for. */
export interface Need {
  role: string;
  sql: string;
  because: string;
}

/** The names of the three roles. */
export interface Names {
  migrate: string;
  verify: string;
  guard: string;
}

export interface Terms {
  names: Names;
  rights: Rights;
  model: Model;
  config: Config;
  /** Roles that verify tries. */
  tried: readonly string[];
  /** Major version of the server. */
  major: number;
  /** Schema creditshift is there. */
  migrated: boolean;
  /** guard may go back by itself. */
  goesBack: boolean;
}

/** The least that each of the three needs on this database, beyond what everybody has. */
export const needsOf = (terms: Terms): Need[] => [...migrate(terms), ...verify(terms), ...guard(terms)];

function migrate(terms: Terms): Need[] {
  const { names, rights, config } = terms;
  const grant = granting(names.migrate);
  const { replication, archiving } = config.throttle;
  return [
    ...asOwner(names.migrate, terms),
    ...functionOwners(names.migrate, rights),
    ...(rights.createInDatabase
      ? []
      : [grant(`create on database ${q(rights.database)}`, 'makes schemas creditshift and creditshift_aside')]),
    ...createInSchema(names.migrate, terms),
    ...ownTables(terms),
    ...triedBy(names.migrate, terms, 'records who reached what before the migration'),
    ...(replication ? [grant('pg_read_all_stats', 'throttle.replication reads how far standbys are behind')] : []),
    ...(archiving
      ? [grant('execute on function pg_ls_archive_statusdir()', 'throttle.archiving counts the files that wait')]
      : []),
  ];
}

function verify(terms: Terms): Need[] {
  return [
    ...asOwner(terms.names.verify, terms),
    ...triedBy(terms.names.verify, terms, 'tries what this role reaches, and rolls it back'),
  ];
}

/** Of what guard reads in schema creditshift. */
const STATE = ['control', 'history', 'revisions', 'lease', 'journal', 'allocations', 'reversals'];

function guard(terms: Terms): Need[] {
  const { names, rights, model, migrated, goesBack } = terms;
  const grant = granting(names.guard);
  if (goesBack)
    return [
      ...asOwner(names.guard, terms),
      ...functionOwners(names.guard, rights),
      ...createInSchema(names.guard, terms),
      ...triedBy(names.guard, terms, 'checks, after a rollback, what this role reaches'),
    ];
  // A log that the toolkit makes is not there before.
  const tables = [model.balances.table, model.log.table].filter(table => rights.tables.has(table.toString()));
  const schemas = [...new Set(tables.map(table => table.schema))].filter(schema => !rights.schemas.get(schema)?.byAll);
  return [
    ...made(names.guard, rights),
    ...(rights.connect.byAll ? [] : [connects(names.guard, rights)]),
    ...(tables.some(table => rights.tables.get(table.toString())?.secured)
      ? [bypasses(names.guard, 'row security would hide rows, which is an error')]
      : []),
    ...schemas.map(schema => grant(`usage on schema ${q(schema)}`, 'reads the tables in it')),
    ...tables.map(table => grant(`select on ${table}`, 'counts charges and looks at the ledger')),
    ...(migrated
      ? [
          grant('usage on schema creditshift', 'reads state and ledger'),
          grant(`select on ${STATE.map(table => `creditshift.${table}`).join(', ')}`, 'reads state and ledger'),
        ]
      : []),
  ];
}

/** The owner's rights, and what verify and migrate read besides. */
function asOwner(role: string, { rights, model }: Terms): Need[] {
  const grant = granting(role);
  const others = [model.tenants.table, ...membersOf(model)].map(table => ({
    table,
    rest: rights.tables.get(table.toString()),
  }));
  const hidden = others.some(({ rest }) => rest?.secured && rest.owner !== rights.owner);
  const read = others.filter(({ rest }) => !rest?.byOwner).map(({ table }) => table);
  const schemas = [...new Set(read.map(table => table.schema))].filter(schema => !rights.schemas.get(schema)?.byOwner);
  return [
    ...made(role, rights),
    ...(rights.connect.byAll || rights.connect.byOwner ? [] : [connects(role, rights)]),
    grant(q(rights.owner), 'owns the credit tables and schema creditshift, and is who the functions run as'),
    ...(hidden ? [bypasses(role, 'row security would hide organizations, or whose users they have')] : []),
    ...schemas.map(schema => grant(`usage on schema ${q(schema)}`, 'reads the tables in it')),
    ...read.map(table => grant(`select on ${table}`, 'reads organizations, and whose users they have')),
  ];
}

const connects = (role: string, { database }: Rights): Need =>
  granting(role)(`connect on database ${q(database)}`, 'connects');

const bypasses = (role: string, because: string): Need => ({ role, sql: `alter role ${q(role)} bypassrls;`, because });

const made = (role: string, { there }: Rights): Need[] =>
  there.includes(role)
    ? []
    : [{ role, sql: `create role ${q(role)} nologin;`, because: 'ALTER ROLE … LOGIN, and a password, are yours' }];

const functionOwners = (role: string, { functionOwners }: Rights): Need[] =>
  functionOwners.map(owner => granting(role)(q(owner), 'owns the legacy function, which the cutover moves'));

function createInSchema(role: string, { rights, model }: Terms): Need[] {
  const { schema } = model.functions;
  if (rights.schemas.get(schema)?.create) return [];
  return [granting(role)(`create on schema ${q(schema)}`, 'moves the functions into it')];
}

/** A table that is made belongs to the owner of the balances, who has to be let into its schema. */
function ownTables({ rights, model, migrated }: Terms): Need[] {
  if (rights.superuser || migrated) return [];
  const schemas = new Set([model.actions, model.log].filter(t => t.made).map(t => t.table.schema));
  return [...schemas]
    .filter(schema => !rights.schemas.get(schema)?.create)
    .map(schema =>
      granting(rights.owner)(`create on schema ${q(schema)}`, 'owns the log, or price list, that is made'),
    );
}

function triedBy(role: string, { rights, tried, major }: Terms, because: string): Need[] {
  // Before PostgreSQL 16 who may take a role has its rights too.
  const only = major >= 16 ? ' with inherit false' : '';
  return tried.filter(other => rights.closed.includes(other)).map(other => granting(role)(q(other), because, only));
}

const granting =
  (role: string) =>
  (what: string, because: string, how = ''): Need => ({ role, sql: `grant ${what} to ${q(role)}${how};`, because });
