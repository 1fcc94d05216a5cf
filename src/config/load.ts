import { readFile } from 'node:fs/promises';
import { LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { Problem, UNTOUCHED } from '../problems.ts';
import { didYouMean } from '../similar.ts';
import { keysAt } from './known-keys.ts';
import { MARK, markedLines } from './marks.ts';
import { type Fault, referenceFaults } from './references.ts';
import { type Config, configSchema, VERSION } from './schema.ts';
import { valueFaults } from './values.ts';

/** Reads and checks a configuration file. Every fault is listed at once, each with its line. */
export async function loadConfig(path: string): Promise<Config> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const what = code === 'ENOENT' ? `There is no configuration at ${path}` : `Cannot read ${path}: ${message}`;
    throw new Problem('CONFIG_MISSING', `${what}.`, {
      state: UNTOUCHED,
      next: 'creditshift init   writes a commented one from your database; --config FILE names another',
      cause,
    });
  }
  return parseConfig(text, path);
}

/**
 * Parses the text of a configuration; `path` only names it in messages.
 * @throws Problem CONFIG_INVALID with every fault, CONFIG_INCOMPLETE with every marked line, CONFIG_NEWER
 */
export function parseConfig(text: string, path: string): Config {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw invalid(
      path,
      document.errors.map(error => `${path}:${error.linePos?.[0].line ?? 1}  ${error.message.split('\n')[0]}`),
    );
  }
  const lineOf = (faultPath: readonly PropertyKey[]): number => {
    for (let depth = faultPath.length; depth > 0; depth--) {
      const node = document.getIn(faultPath.slice(0, depth) as string[], true) as { range?: [number] } | undefined;
      if (node?.range) return lines.linePos(node.range[0]).line;
    }
    return 1;
  };
  const describe = (fault: Fault) =>
    `${path}:${lineOf(fault.path)}  ${fault.path.join('.') || 'file'}: ${fault.message}`;

  const raw: unknown = document.toJS() ?? {};
  const { version } = raw as { version?: unknown };
  if (typeof version === 'number' && version > VERSION) throw newer(path, version);
  const marked = markedLines(text, document, lines);
  if (marked.length > 0) throw incomplete(path, marked);
  const parsed = configSchema.safeParse(raw, { reportInput: true });
  const faults = [
    ...(parsed.success ? [] : parsed.error.issues.flatMap(issue => faultsOf(issue))),
    ...referenceFaults(raw),
    ...valueFaults(raw),
  ];
  if (faults.length > 0 || !parsed.success)
    throw invalid(path, faults.toSorted((a, b) => lineOf(a.path) - lineOf(b.path)).map(describe));
  return parsed.data;
}

/** @param base path of the union of which the issue is a variant's */
function faultsOf(issue: z.core.$ZodIssue, base: Fault['path'] = []): Fault[] {
  const path = [...base, ...(issue.path as Fault['path'])];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(configSchema, path);
    return issue.keys.map(key => ({
      path: [...path, key],
      message: ['is not a known key', ...didYouMean(key, known)].join('. '),
    }));
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) return [{ path, message: 'is missing' }];
  if (issue.code === 'invalid_union') return variantFaults(path, issue.errors);
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }));
  return [{ path, message: issue.message }];
}

/** The faults of the variant that is meant: the one with the fewest; all of them where the value is none of its kind. */
function variantFaults(path: Fault['path'], variants: readonly z.core.$ZodIssue[][]): Fault[] {
  const faults = variants.map(issues => issues.flatMap(issue => faultsOf(issue, path)));
  const kinds = faults.flat().filter(fault => fault.path.length === path.length);
  if (kinds.length === faults.flat().length)
    return [{ path, message: [...new Set(kinds.map(k => k.message))].join(', or ') }];
  return faults.toSorted((a, b) => a.length - b.length)[0] ?? [];
}

/** Marked lines of a configuration that parses. */
export function markedIn(text: string): { line: number; text: string }[] {
  const lines = new LineCounter();
  return markedLines(text, parseDocument(text, { lineCounter: lines }), lines);
}

function newer(path: string, version: number): Problem {
  const message = `${path} is of version ${version}, and this creditshift reads version ${VERSION}: the file is newer.`;
  return new Problem('CONFIG_NEWER', message, {
    state: UNTOUCHED,
    next: 'use the creditshift that it was written for, or write it for this one: creditshift init shows how',
  });
}

function incomplete(path: string, marked: readonly { line: number; text: string }[]): Problem {
  const count = marked.length === 1 ? '1 line' : `${marked.length} lines`;
  return new Problem('CONFIG_INCOMPLETE', `The configuration ${path} has ${count} to fill in.`, {
    state: UNTOUCHED,
    next: `answer each in ${path}, in the place of ${MARK}; then the same command again`,
    details: marked.map(({ line, text }) => `${path}:${line}  ${text}`),
  });
}

function invalid(path: string, details: string[]): Problem {
  const count = details.length === 1 ? 'a fault' : `${details.length} faults`;
  return new Problem('CONFIG_INVALID', `The configuration ${path} has ${count}.`, {
    state: UNTOUCHED,
    next: `correct ${path}; editors that read its $schema line mark each fault as you type`,
    details,
  });
}
