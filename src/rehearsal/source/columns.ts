import { type Qualified, quoteIdentifier, quoteLiteral } from '../../config/names.ts';
import type { Column, CreditTable } from '../../privacy/columns.ts';

/** A table of the copy: its columns, and what is read for each. */
export interface Source {
  table: Qualified;
  columns: string[];
  expressions: string[];
  /** Columns whose values stay at the source. */
  replaced: string[];
}

/**
 * What is read of a table. A personal column is replaced in the query itself, so that it never leaves the source: by null,
 * or by a hash under `secret` where there has to be a value.
 */
export function sourceOf({ table, columns }: CreditTable, secret: string): Source {
  return {
    table,
    columns: columns.map(column => column.name),
    expressions: columns.map(column => (column.personal ? replacement(column, secret) : quoteIdentifier(column.name))),
    replaced: columns.filter(column => column.personal).map(column => column.name),
  };
}

function replacement({ name, type, category, required }: Column, secret: string): string {
  if (!required) return `null::${type}`;
  const hash = `encode(sha256(convert_to(${quoteLiteral(secret)} || ${quoteIdentifier(name)}::text, 'UTF8')), 'hex')`;
  if (category === 'A' || type === 'jsonb' || type === 'json') return `'{}'::${type}`;
  if (type === 'uuid') return `left(${hash}, 32)::uuid`;
  if (type === 'inet' || type === 'cidr') return `'0.0.0.0'::${type}`;
  if (type === 'bytea') return `decode(${hash}, 'hex')`;
  if (type === 'bigint' || type.startsWith('numeric')) return `('x' || left(${hash}, 15))::bit(60)::bigint::${type}`;
  if (category === 'N') return `('x' || left(${hash}, 7))::bit(28)::integer::${type}`;
  return `${hash}::${type}`;
}
