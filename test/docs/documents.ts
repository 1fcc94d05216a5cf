import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');

/** UPDATE_README=1 writes what the code says into the documents, instead of comparing. */
export const updating = process.env.UPDATE_README === '1';

export const read = (name: string): string => readFileSync(join(root, name), 'utf8');
export const write = (name: string, text: string): void => writeFileSync(join(root, name), text);

const between = (name: string) => new RegExp(`(?<=<!-- ${name} -->\n)[\\s\\S]*?(?=\n?<!-- /${name} -->)`);

/** What stands between `<!-- name -->` and `<!-- /name -->`. */
export function section(document: string, name: string): string {
  const [found] = between(name).exec(document) ?? [];
  if (found === undefined) throw new Error(`no section ${name}`);
  return found;
}

/** The document with that section replaced. */
export const withSection = (document: string, name: string, text: string): string =>
  document.replace(between(name), () => `${text}\n`).replace(`\n\n<!-- /${name} -->`, `\n<!-- /${name} -->`);

/** Every table row of a text that begins with a code span, as its cells. */
export const codeRows = (text: string): string[][] =>
  [...text.matchAll(/^\| (`.*) \|$/gm)].map(row => (row[1] ?? '').split(' | '));
