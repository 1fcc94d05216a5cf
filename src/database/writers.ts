/** The text of a function, and what it is called. */
export interface Source {
  schema: string;
  name: string;
  source: string;
}

const escaped = (name: string) => name.replaceAll(/[^\w]/g, '\\$&');
const identifier = (name: string) => `(?:"${escaped(name)}"|(?<![\\w"$])${escaped(name)}(?![\\w"$]))`;
const withoutComments = (source: string) => source.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ');

/**
 * Whether the text of a function sets the column in an UPDATE of the table, or ON CONFLICT of an INSERT. By its words, as
 * they are: what is put together at run time is not found.
 */
export function writesColumn(source: string, table: string, column: string): boolean {
  const target = `\\b(?:update|into)\\s+(?:only\\s+)?(?:(?:"[^"]+"|[\\w$]+)\\s*\\.\\s*)?${identifier(table)}`;
  const list = `\\([^()]*${identifier(column)}[^()]*\\)`;
  const before = '[^;]*?\\bset\\b(?:(?!\\bwhere\\b)[^;])*?';
  return new RegExp(`${target}${before}(?:${identifier(column)}|${list})\\s*=`, 'i').test(withoutComments(source));
}

/** Whether a trigger's function sets the column in the row that is about to be written. */
export const setsInRow = (source: string, column: string): boolean =>
  new RegExp(`\\bnew\\s*\\.\\s*${identifier(column)}\\s*:?=`, 'i').test(withoutComments(source));

/** Whether the text of a function calls one of these. */
export const calls = (source: string, functions: readonly Source[]): boolean =>
  functions.some(f => new RegExp(`${identifier(f.name)}\\s*\\(`, 'i').test(withoutComments(source)));
