import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Liquid } from 'liquidjs';
import { Fragment, Qualified, quoteIdentifier, quoteLiteral } from './names.ts';

/** The package's folder: migrations/, rollback/ and reports/ lie there, beside src/ or dist/. */
export const packageRoot = join(import.meta.dirname, '..', '..');

const sqlEngine = new Liquid({
  root: packageRoot,
  partials: join(packageRoot, 'migrations'),
  extname: '.sql',
  strictVariables: true,
  strictFilters: true,
  lenientIf: true,
  cache: true,
  outputEscape: (value: unknown) => {
    if (value instanceof Qualified) return value.toString();
    if (typeof value === 'string') return quoteIdentifier(value);
    throw new Error(`only a name is written without a filter, not ${JSON.stringify(value)}`);
  },
});
sqlEngine.registerFilter('lit', { raw: true, handler: quoteLiteral });
sqlEngine.registerFilter('raw', {
  raw: true,
  handler: (value: unknown) => {
    if (value instanceof Fragment) return value.text;
    throw new Error('raw takes a fragment of the model only');
  },
});

/** Renders an SQL template (path below the package) over the model; what comes back is exactly what runs. */
export function renderSql(path: string, model: object): string {
  const text: string = sqlEngine.parseAndRenderSync(readFileSync(join(packageRoot, path), 'utf8'), model, {
    globals: model,
  });
  return text.replace(/[ \t]+$/gm, '').replace(/\n{3,}/g, '\n\n');
}
