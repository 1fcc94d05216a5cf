import { LOG, PRICE_LIST } from './found-or-made.ts';
import { cannotStandInSql } from './names.ts';
import { poolColumns } from './pool.ts';
import { MOST_BYTES } from './pricing.ts';
import { at, type Fault, isObject } from './references.ts';

/** Most credits that a pool's column of type integer holds. */
const INTEGER_MAX = 2_147_483_647;
/** Sections whose names and texts become literals of the SQL that runs. */
const WRITTEN = ['pools', 'catalogue', 'plans', 'assignments'];

/** Faults of values that only another section shows: texts that no SQL may hold, credits too many for a column, one column for two purposes. */
export function valueFaults(raw: unknown): Fault[] {
  return [
    ...WRITTEN.flatMap(section => textFaults(at(raw, section), [section])),
    ...creditFaults(raw),
    ...poolFaults(raw),
    ...retiredFaults(raw),
    ...columnFaults(['balances'], at(raw, 'balances'), ['owner', 'plan', 'active', 'trial']),
    ...columnFaults(['balances', 'legacy'], at(raw, 'balances', 'legacy'), ['balance', 'total', 'used']),
    ...columnFaults(['actions'], named(raw, 'actions', PRICE_LIST), Object.keys(PRICE_LIST)),
    ...columnFaults(['log'], named(raw, 'log', LOG), Object.keys(LOG)),
    ...costFaults(raw),
    ...tableFaults(raw),
  ];
}

/** A section with the names that its columns have unless it says others, where the toolkit makes the table. */
const named = (raw: unknown, section: string, names: Record<string, string>) =>
  at(raw, section).create === true ? { ...names, ...at(raw, section) } : at(raw, section);

/** A table that is made is for one purpose only. */
function tableFaults(raw: unknown): Fault[] {
  const sections = ['tenants', 'balances', 'actions', 'log'];
  return ['actions', 'log'].flatMap(section => {
    const { create, table } = at(raw, section);
    const other = sections.find(name => name !== section && at(raw, name).table === table);
    if (create !== true || typeof table !== 'string' || !other) return [];
    return [{ path: [section, 'table'], message: `names the table of ${other} again` }];
  });
}

/** A price list that is made has no cost but the catalogue's, and without one a rollback would settle nothing. */
function costFaults(raw: unknown): Fault[] {
  if (at(raw, 'actions').create !== true) return [];
  return Object.keys(at(raw, 'catalogue'))
    .filter(action => at(raw, 'catalogue', action).legacyCost === undefined)
    .map(action => ({ path: ['catalogue', action], message: 'has no legacyCost, which the price list is made from' }));
}

function textFaults(value: unknown, path: Fault['path']): Fault[] {
  const message = 'contains a control character, a line break for example, or $creditshift$';
  if (typeof value === 'string') return cannotStandInSql(value) ? [{ path, message }] : [];
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    ...(cannotStandInSql(key) ? [{ path: [...path, key], message: `its name ${message}` }] : []),
    ...textFaults(inner, [...path, key]),
  ]);
}

function creditFaults(raw: unknown): Fault[] {
  if (at(raw, 'balances').poolType === 'bigint') return [];
  const places = [
    ...Object.keys(at(raw, 'plans')).flatMap(plan => [
      ['plans', plan, 'grant'],
      ['plans', plan, 'split', 'floors'],
      ['plans', plan, 'usage', 'floors'],
    ]),
    ...Object.keys(at(raw, 'assignments', 'overrides')).map(key => ['assignments', 'overrides', key]),
  ];
  return places.flatMap(place =>
    Object.entries(at(raw, ...place))
      .filter(([, credits]) => typeof credits === 'number' && credits > INTEGER_MAX)
      .map(([pool]) => ({
        path: [...place, pool],
        message: `is more than an integer column holds, ${INTEGER_MAX}; say unlimited, or balances.poolType: bigint`,
      })),
  );
}

/** Columns whose names are too long for the contract step, which retires them by another name. */
function retiredFaults(raw: unknown): Fault[] {
  const { others, ...named } = at(raw, 'balances', 'legacy');
  const columns = [...Object.entries(named), ...(Array.isArray(others) ? others.map(other => ['others', other]) : [])];
  return columns.flatMap(([key, column]) => {
    const bytes = Buffer.byteLength(`${column}_retired`);
    if (typeof column !== 'string' || bytes <= MOST_BYTES || bytes > MOST_BYTES + '_retired'.length) return [];
    const message = `${column}_retired, as contract calls it, is ${bytes} bytes long; PostgreSQL keeps ${MOST_BYTES}`;
    return [{ path: ['balances', 'legacy', key], message }];
  });
}

/** Two pools that would share a column, and indexes that are of the other layout. */
function poolFaults(raw: unknown): Fault[] {
  const { layout, indexes } = at(raw);
  if (layout !== 'available-total' && layout !== 'allocated-used') return [];
  const owners = new Map<string, string>();
  const clashes = Object.keys(at(raw, 'pools')).flatMap(pool =>
    Object.values(poolColumns(layout, pool)).flatMap(column => {
      const first = owners.get(column);
      owners.set(column, pool);
      return first === undefined
        ? []
        : [{ path: ['pools', pool], message: `would share the column ${column} with pool ${first}` }];
    }),
  );
  return indexes === 'documented' && layout !== 'available-total'
    ? [...clashes, { path: ['indexes'], message: 'documented indexes are of the layout available-total' }]
    : clashes;
}

function columnFaults(path: string[], section: Record<string, unknown>, keys: readonly string[]): Fault[] {
  return keys.flatMap((key, index) => {
    const first = keys.slice(0, index).find(other => section[other] === section[key]);
    if (first === undefined || typeof section[key] !== 'string') return [];
    return [{ path: [...path, key], message: `names the column of ${first} again` }];
  });
}
