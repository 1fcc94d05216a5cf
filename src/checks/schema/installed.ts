import type { Model } from '../../config/model.ts';
import { quoteIdentifier } from '../../config/names.ts';
import { renderSql } from '../../config/render.ts';
import type { Queryable } from '../../database/connect.ts';

/** A function of the toolkit as a step's SQL creates it. */
export interface Installed {
  /** `schema.name(types)`, quoted, as to_regprocedure reads it. */
  identity: string;
  /** Bodies it may have: as the steps that were applied wrote it, and as the recorded configuration renders it. */
  bodies: string[];
  securityDefiner: boolean;
  volatility: 'i' | 's' | 'v';
}

const FUNCTION =
  /create (?:or replace )?function (?:"[^"]+"|\w+)\."?(\w[^"(]*)"?\((.*?)\bas \$creditshift\$(.*?)\$creditshift\$/gs;
const SOURCES = ['010_control', '040_expand_log', '050_functions'];

/**
 * Every function the toolkit has installed. A revision is not in the history step by step, so its rendering counts
 * too; a later creditshift may render differently, so the history counts first.
 */
export async function installedFunctions(sql: Queryable, model: Model): Promise<Installed[]> {
  const history = await sql<{ sql: string }[]>`select sql from creditshift.history order by finished_at, step`;
  const recorded = definitionsIn(history.map(row => row.sql).join('\n'));
  const rendered = definitionsIn(SOURCES.map(name => renderSql(`migrations/${name}.sql`, model)).join('\n'));
  const identities = new Map<string, string>([
    ['record', 'creditshift.record(uuid, text, jsonb)'],
    ['share', 'creditshift.share(bigint, bigint[], bigint[])'],
    ['carry', 'creditshift.carry(bigint[], bigint, bigint[])'],
    ['refuse_log_change', 'creditshift.refuse_log_change()'],
    ['redact', 'creditshift.redact(jsonb, text[])'],
    ...model.internalFunctions.map(f => [f.name, identityOf(model, f)] as const),
  ]);
  return [...identities].map(([name, identity]) => {
    const definitions = [recorded.get(name), rendered.get(name)].filter(d => d !== undefined);
    const header = definitions[0]?.header ?? '';
    return {
      identity,
      bodies: [...new Set(definitions.map(d => d.body))],
      securityDefiner: /\bsecurity definer\b/.test(header),
      volatility: /\bimmutable\b/.test(header) ? 'i' : /\bstable\b/.test(header) ? 's' : 'v',
    };
  });
}

/** Where a function stands now: the exposed ones move at the cutover. */
export function identityOf(model: Model, f: Model['internalFunctions'][number]): string {
  const schema = f.exposed ? model.functions.home : 'creditshift';
  return `${quoteIdentifier(schema)}.${quoteIdentifier(f.name)}(${f.types})`;
}

/** Functions by name; where one is created twice, the later one stands. */
function definitionsIn(text: string): Map<string, { header: string; body: string }> {
  return new Map([...text.matchAll(FUNCTION)].map(([, name = '', header = '', body = '']) => [name, { header, body }]));
}
