import { isMade } from '../config/found-or-made.ts';
import { movedColumn } from '../config/legacy.ts';
import { parseQualified } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { requireColumns } from './columns.ts';
import type { Queryable } from './connect.ts';
import { requireTypes } from './types.ts';

/** A function as the catalog knows it; the hash covers definition, owner, effective privileges and comment. */
export interface FunctionFact {
  schema: string;
  name: string;
  /** Argument types as `uuid, text`. */
  types: string;
  /** `fallback`: the default as an expression. */
  parameters: { name: string; type: string; fallback: string | null }[];
  returns: string;
  owner: string;
  securityDefiner: boolean;
  hash: string;
}

/** What the model needs from the catalog. Plain JSON: it is stored with each revision. */
export interface Facts {
  keyType: string;
  balancesOwner: string;
  legacyType: string;
  logCapped: boolean;
  /** The log's time column has a default: who writes an entry leaves it out. */
  logDated: boolean;
  userType: string;
  metadataType: string;
  consume: FunctionFact;
  overloads: FunctionFact[];
  /** Roles that ALTER DEFAULT PRIVILEGES would hand new functions to. */
  defaultGrantees: string[];
}

interface CatalogRow {
  keyType: string;
  balancesOwner: string;
  legacyTypes: string[];
  generated: boolean;
}

const INTEGERS = ['smallint', 'integer', 'bigint'];

/** Reads the facts; a table, column or function the configuration names and the database lacks is a Problem. */
export async function readFacts(sql: Queryable, config: Config): Promise<Facts> {
  await requireColumns(sql, config);
  await requireTypes(sql, config);
  const balances = parseQualified(config.balances.table);
  const moved = movedColumn(config.balances.legacy);
  const { balance, total, used } = config.balances.legacy;
  const amounts = balance === undefined ? [total ?? '', used ?? ''] : [balance];
  const [row] = await sql<CatalogRow[]>`
    select format_type(k.atttypid, k.atttypmod) as "keyType",
           pg_get_userbyid(c.relowner)          as "balancesOwner",
           (select json_agg(format_type(l.atttypid, null)) from pg_attribute as l
             where l.attrelid = c.oid and l.attname = any (${amounts}::text[])) as "legacyTypes",
           (select l.attgenerated <> '' from pg_attribute as l
             where l.attrelid = c.oid and l.attname = ${moved}) as generated
      from pg_class as c
      join pg_attribute as k on k.attrelid = c.oid and k.attname = ${config.balances.owner}
     where c.oid = ${balances.toString()}::regclass`;
  if (!row) throw new Error('the balance table vanished while it was read');
  if (row.generated) {
    throw new Problem(
      'CONFIG_INVALID',
      `balances.legacy names ${moved}, a generated column, and settlement would have to change it.`,
      {
        state: UNTOUCHED,
        next: 'name the column that the legacy function updates; `creditshift inspect` lists the candidates',
      },
    );
  }
  const grantees = await sql<{ role: string }[]>`
    select distinct pg_get_userbyid(acl.grantee) as role
      from pg_default_acl as d, aclexplode(d.defaclacl) as acl
     where d.defaclobjtype in ('f', 'r', 'S') and acl.grantee <> 0
       and acl.grantee <> (select relowner from pg_class where oid = ${balances.toString()}::regclass)
     order by 1`;
  return {
    keyType: row.keyType,
    balancesOwner: row.balancesOwner,
    legacyType: row.legacyTypes.every(type => INTEGERS.includes(type)) ? 'bigint' : 'numeric',
    ...(await logFacts(sql, config)),
    ...(await consumeFacts(sql, config, row)),
    defaultGrantees: grantees.map(g => g.role),
  };
}

/** Types of the log; of one that the toolkit makes, those that it gets. */
async function logFacts(sql: Queryable, config: Config) {
  if (isMade(config.log)) {
    return { logDated: true, logCapped: false, userType: await memberType(sql, config), metadataType: 'jsonb' };
  }
  const { log } = config;
  const columns = await sql<{ name: string; type: string; default: boolean }[]>`
    select a.attname as name, format_type(a.atttypid, null) as type, a.atthasdef as default
      from pg_attribute as a
     where a.attrelid = ${parseQualified(log.table).toString()}::regclass and a.attnum > 0 and not a.attisdropped`;
  const typeOf = (column: string) => columns.find(c => c.name === column)?.type;
  return {
    logDated: columns.some(c => c.name === log.at && c.default),
    logCapped: typeOf(log.before) === 'integer',
    userType: typeOf(log.user) ?? 'uuid',
    metadataType: typeOf(log.metadata) ?? 'jsonb',
  };
}

/** The type of a user's key where the configuration says who is a member; else any text. */
async function memberType(sql: Queryable, { functions: { caller } }: Config): Promise<string> {
  if (!('membership' in caller)) return 'text';
  const { table, user } = caller.membership;
  const [row] = await sql<{ type: string }[]>`
    select format_type(atttypid, null) as type from pg_attribute
     where attrelid = ${parseQualified(table).toString()}::regclass and attname = ${user}`;
  return row?.type ?? 'text';
}

/** The legacy function and its overloads; where there is none, what the new one takes and answers. */
async function consumeFacts(sql: Queryable, config: Config, { keyType, balancesOwner }: CatalogRow) {
  const { legacy, organization, action } = config.functions.consume;
  if (legacy === undefined) {
    const parameters = [
      { name: organization, type: keyType, fallback: null },
      { name: action, type: 'text', fallback: null },
    ];
    const { schema, name } = parseQualified(config.functions.consume.name);
    const types = `${keyType}, text`;
    const consume = { schema, name, types, parameters, returns: 'json', owner: balancesOwner };
    return { consume: { ...consume, securityDefiner: true, hash: '' }, overloads: [] };
  }
  const overloads = await readOverloads(sql, config);
  const wanted = signature(legacy);
  const consume = overloads.find(f => `${f.schema}.${f.name}(${f.types})` === wanted);
  if (!consume) {
    throw new Problem('FUNCTION_MISSING', `There is no function ${wanted}.`, {
      state: UNTOUCHED,
      next: 'correct functions.consume.legacy; `creditshift inspect` lists the functions that touch credits',
      details: overloads.map(f => `found ${f.schema}.${f.name}(${f.types})`),
    });
  }
  return { consume, overloads };
}

const signature = (text: string) =>
  text
    .replaceAll('"', '')
    .replace(/\s*,\s*/g, ', ')
    .replace(/\s*\(\s*/, '(');

/** Every overload of the legacy function's name, in the exposed schema or set aside, by a cutover or behind a shim. */
export async function readOverloads(sql: Queryable, config: Config): Promise<FunctionFact[]> {
  const qualified = parseQualified(config.functions.consume.name);
  const rows = await sql<(FunctionFact & { shim: boolean })[]>`
    select n.nspname as schema, p.proname as name,
           pg_get_function_identity_arguments(p.oid) as arguments,
           (select coalesce(string_agg(format_type(t, null), ', ' order by o), '')
              from unnest(p.proargtypes) with ordinality as a (t, o)) as types,
           (select coalesce(json_agg(json_build_object('name', p.proargnames[o], 'type', format_type(t, null),
                     'fallback', pg_get_function_arg_default(p.oid, o::integer)) order by o), '[]')
              from unnest(p.proargtypes) with ordinality as a (t, o)) as parameters,
           format_type(p.prorettype, null) as returns,
           pg_get_userbyid(p.proowner) as owner,
           p.prosecdef as "securityDefiner",
           p.prosrc like '%creditshift\\_shadow.%' as shim,
           encode(sha256(convert_to(concat_ws(e'\n', p.prosrc, p.provolatile, p.prosecdef, p.proconfig, p.proleakproof,
             pg_get_function_arguments(p.oid), pg_get_function_result(p.oid), l.lanname, pg_get_userbyid(p.proowner),
             (select string_agg(x.item, ',' order by x.item collate "C")
                from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) as a,
                     lateral (select makeaclitem(a.grantee, a.grantor, a.privilege_type, a.is_grantable)::text) as x (item)),
             obj_description(p.oid, 'pg_proc')), 'utf8')), 'hex') as hash
      from pg_proc as p
      join pg_namespace as n on n.oid = p.pronamespace
      join pg_language as l on l.oid = p.prolang
     where p.proname = ${qualified.name} and n.nspname in (${qualified.schema}, 'creditshift_aside', 'creditshift_shadow')
     order by n.nspname = 'creditshift_aside' desc, types`;
  const standing = (schema: string) =>
    rows
      .filter(f => f.schema === schema)
      .map(({ shim: _, ...f }): FunctionFact => ({ ...f, schema: qualified.schema }));
  const aside = standing('creditshift_aside');
  if (aside.length > 0) return aside;
  // What took a shim's place is the legacy function as it is now, and another one than before.
  const behind = standing('creditshift_shadow').filter(f => rows.some(r => r.shim && r.types === f.types));
  return [...behind, ...rows.filter(r => !r.shim && r.schema === qualified.schema).map(({ shim: _, ...f }) => f)];
}
