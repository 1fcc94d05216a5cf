import { parseQualified, quoteIdentifier as q, quoteLiteral } from '../config/names.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import { type Column, creditColumns } from './columns.ts';

/** Whose data it is: that of every row of an organization, or of a user. */
export interface Subject {
  kind: 'organization' | 'user';
  id: string;
}

/** What is done to the rows of a subject, as SQL over a row of the log under the alias l. */
export interface Replacement {
  /** Columns, and paths into one as `metadata: user.email`. */
  what: string[];
  /** Rows of the subject ($1) that still hold something personal. */
  where: string;
  set: string;
  /** All that has to stay as it is, as one text. */
  rest: string;
}

/** What is personal in one column. */
export interface Part {
  column: string;
  /** The column, or the paths into it. */
  what: string[];
  /** Rows that still hold it. */
  found: string;
  value: string;
  /** What of it stays; nothing when absent. */
  rest?: string;
}

/**
 * What `audit anonymize` puts in the place of personal data in the log: null, or where a column has to have a value one that
 * is the same for all.
 * @throws Problem CONFIG_INVALID for a type that has no such value, and for paths into metadata that is no JSON
 */
export async function replacementOf(sql: Queryable, config: Config, kind: Subject['kind']): Promise<Replacement> {
  const columns = await logColumns(sql, config);
  const parts = personalParts(columns, config);
  const stays = columns
    .filter(column => !parts.some(part => part.column === column.name))
    .map(column => `l.${q(column.name)}`);
  const owner = kind === 'user' ? config.log.user : config.log.owner;
  const type = columns.find(column => column.name === owner)?.type;
  return {
    what: parts.flatMap(part => part.what),
    where: `l.${q(owner)} = $1::${type} and (${parts.map(part => part.found).join(' or ') || 'false'})`,
    set: parts.map(part => `${q(part.column)} = ${part.value}`).join(', '),
    rest: `row(${[...stays, ...parts.flatMap(part => part.rest ?? [])].join(', ')})::text`,
  };
}

/** The log's columns. */
export async function logColumns(sql: Queryable, config: Config): Promise<Column[]> {
  const name = parseQualified(config.log.table).toString();
  return (await creditColumns(sql, config)).find(({ table }) => table.toString() === name)?.columns ?? [];
}

/** What of them is personal by `privacy`. */
export function personalParts(columns: readonly Column[], { log, privacy }: Pick<Config, 'log' | 'privacy'>): Part[] {
  const inPart = (column: Column) => column.name === log.metadata && privacy.metadata.length > 0;
  return columns.flatMap(column =>
    inPart(column) ? [partOf(column, privacy.metadata)] : column.personal ? [wholeOf(column)] : [],
  );
}

function wholeOf({ name, type, category, required }: Column): Part {
  const column = `l.${q(name)}`;
  if (!required) return { column: name, what: [name], found: `${column} is not null`, value: 'null' };
  const empty = emptyOf(type, category);
  if (empty === undefined) {
    throw invalid(
      `${name} has to have a value, and ${type} has none that says nothing.`,
      'ALTER TABLE … DROP NOT NULL',
    );
  }
  const value = `${quoteLiteral(empty)}::${type}`;
  return { column: name, what: [name], found: `${column}::text is distinct from (${value})::text`, value };
}

function partOf({ name, type }: Column, paths: readonly string[]): Part {
  if (type !== 'json' && type !== 'jsonb') {
    throw invalid(`${name} is ${type}: privacy.metadata has paths into JSON.`, 'leave privacy.metadata out');
  }
  const before = `l.${q(name)}::jsonb`;
  const redacted = paths.reduce((document, path) => {
    const keys = path.split('.').map(quoteLiteral).join(', ');
    return `creditshift.redact(${document}, array[${keys}])`;
  }, before);
  return {
    column: name,
    what: paths.map(path => `${name}: ${path}`),
    found: `${redacted} is distinct from ${before}`,
    value: `${redacted}::${type}`,
    rest: redacted,
  };
}

/** A value of a type that says nothing. */
function emptyOf(type: string, category: string): string | undefined {
  if (type === 'uuid') return '00000000-0000-0000-0000-000000000000';
  if (type === 'json' || type === 'jsonb' || category === 'A') return '{}';
  if (type === 'inet' || type === 'cidr') return '0.0.0.0';
  if (type === 'bytea') return '';
  return { N: '0', S: '', B: 'false', D: '1970-01-01' }[category];
}

const invalid = (message: string, instead: string): Problem =>
  new Problem('CONFIG_INVALID', message, {
    state: UNTOUCHED,
    next: `${instead}, or name the column in privacy.harmless if it is not personal`,
  });
