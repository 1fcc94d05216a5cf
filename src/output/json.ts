import { mask } from './mask.ts';

/** The one document of `--json`: bigint as string, times in ISO 8601, no password in any string. */
export function renderJson(document: unknown): string {
  return `${JSON.stringify(document, plain, 2)}\n`;
}

/** One line of the progress on stderr. */
export function renderJsonLine(event: unknown): string {
  return `${JSON.stringify(event, plain)}\n`;
}

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return typeof value === 'string' ? mask(value) : value;
}
