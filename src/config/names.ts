import { Problem, UNTOUCHED } from '../problems.ts';

/** SQL text that is safe as it stands: a type or an expression made by this program, never by the configuration. */
export class Fragment {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

/** `schema.name`, each part quoted when written. */
export class Qualified {
  readonly schema: string;
  readonly name: string;
  constructor(schema: string, name: string) {
    this.schema = schema;
    this.name = name;
  }
  toString(): string {
    return `${quoteIdentifier(this.schema)}.${quoteIdentifier(this.name)}`;
  }
}

/** Always quoted, so no keyword list is needed and case is kept. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Whether a text could end a dollar-quoted body, or break a line of it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
export const cannotStandInSql = (text: string): boolean => /[\u0000-\u001f\u007f]|\$creditshift\$/.test(text);

/** A string, number, boolean or null as an SQL literal; refuses what could end a dollar-quoted body. */
export function quoteLiteral(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? 'true' : 'false';
  const text = String(value);
  if (cannotStandInSql(text)) {
    throw new Problem('CONFIG_INVALID', `The value ${JSON.stringify(text)} cannot stand in SQL.`, {
      state: UNTOUCHED,
      next: 'remove control characters and $creditshift$ from the configuration',
    });
  }
  return quoteText(text);
}

/** Any text as an SQL literal, line breaks and all: for a statement within a statement. */
export function quoteText(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** `public.orders` or `"My.Schema".orders` → its two parts. */
export function parseQualified(text: string): Qualified {
  const parts = /^(?:"([^"]+)"|([^".\s]+))\.(?:"([^"]+)"|([^".\s]+))$/.exec(text);
  const schema = parts?.[1] ?? parts?.[2];
  const name = parts?.[3] ?? parts?.[4];
  if (!schema || !name) {
    throw new Problem('CONFIG_INVALID', `"${text}" is not schema.name.`, {
      state: UNTOUCHED,
      next: 'write schema.name',
    });
  }
  return new Qualified(schema, name);
}
