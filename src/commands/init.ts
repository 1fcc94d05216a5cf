import { constants } from 'node:fs';
import { access, copyFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { markedIn } from '../config/load.ts';
import { packageRoot } from '../config/render.ts';
import { connect, describeTarget, type ServerFacts, type Sql } from '../database/connect.ts';
import { asProblem } from '../database/errors.ts';
import { readState } from '../database/state.ts';
import { type Detected, detect } from '../detect/detect.ts';
import { configurationText } from '../detect/yaml/configuration.ts';
import { creditCandidates } from '../inspect/candidates.ts';
import type { Block, Result } from '../output/types.ts';
import { Problem, UNTOUCHED } from '../problems.ts';
import type { Context } from './session/context.ts';

export interface InitOptions {
  /** Name of the configuration to copy. */
  example?: string;
}

const EXAMPLES = ['guardian'];

/**
 * Writes a commented configuration: of the database, which is only read, or an example. An existing file is never overwritten.
 * @throws Problem USAGE, CONFIG_EXISTS, BALANCE_NOT_FOUND, STATE_CONFLICT
 */
export async function init(context: Context, { example }: InitOptions): Promise<Result> {
  const path = resolve(context.folder, context.configPath);
  if (example !== undefined) {
    const from = join(packageRoot, 'examples', `${requireExample(example)}.yaml`);
    await written(context, () => copyFile(from, path, constants.COPYFILE_EXCL));
    return {
      document: { written: path, example },
      blocks: [
        { kind: 'mark', tone: 'good', text: `${context.configPath} is written: the ${example} example.` },
        { kind: 'text', text: 'Next: adapt it to your tables, then creditshift inspect' },
      ],
    };
  }
  // Before anything is asked.
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    throw exists(context.configPath);
  const { sql, server } = await connect(context.target);
  try {
    if (await readState(sql)) throw migrated(server.database);
    const detected = await detect(sql, context.ask);
    if (!('account' in detected)) throw await notFound(sql, server, detected.tables);
    const text = await configurationText(context.ask, server, detected);
    await written(context, () => writeFile(path, text, { flag: 'wx' }));
    return resultOf(context.configPath, path, server, detected, markedIn(text));
  } catch (error) {
    throw asProblem(error, describeTarget(context.target));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

function resultOf(
  shown: string,
  path: string,
  server: ServerFacts,
  { tenants, table, consume }: Detected,
  marked: { line: number; text: string }[],
): Result {
  const said = (found: { value: string | undefined } | undefined) => found?.value ?? 'to fill in';
  const open = marked.length === 1 ? '1 line' : `${marked.length} lines`;
  return {
    document: { written: path, database: server.database, marked },
    blocks: [
      {
        kind: 'mark',
        tone: 'good',
        text: `${shown} is written, from the database ${server.database}, which was only read.`,
      },
      {
        kind: 'facts',
        facts: [
          ['Balances', said(table)],
          ['Organizations', said(tenants.table)],
          ['Charged by', consume.legacy ? said(consume.legacy) : `${consume.name}, which is made`],
        ],
      },
      ...(marked.length > 0
        ? [{ kind: 'mark', tone: 'warn', text: `${open} to fill in: the database does not say it.` } satisfies Block]
        : []),
      ...marked.map(({ line, text }): Block => ({ kind: 'text', text: `  ${shown}:${line}  ${text}` })),
      { kind: 'text', text: `Next: ${marked.length > 0 ? `fill in ${shown}, then ` : ''}creditshift inspect` },
    ],
  };
}

function requireExample(name: string): string {
  if (EXAMPLES.includes(name)) return name;
  throw new Problem('USAGE', `There is no example "${name}".`, {
    state: UNTOUCHED,
    next: `creditshift init --example ${EXAMPLES.join('|')}`,
  });
}

async function written(context: Context, write: () => Promise<void>): Promise<void> {
  await write().catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') throw exists(context.configPath);
    throw new Problem('USAGE', `${context.configPath} cannot be written (${cause.code}).`, {
      state: UNTOUCHED,
      next: 'name a file in a folder that exists and is yours with --config',
      cause,
    });
  });
}

const exists = (path: string) =>
  new Problem('CONFIG_EXISTS', `${path} exists already; nothing was overwritten.`, {
    state: UNTOUCHED,
    next: 'name another file with --config, or move this one away',
  });

const migrated = (database: string) =>
  new Problem('STATE_CONFLICT', `${database} was migrated by a configuration already, which it keeps.`, {
    state: UNTOUCHED,
    next: 'creditshift status',
  });

async function notFound(sql: Sql, { database }: ServerFacts, tables: number): Promise<Problem> {
  return new Problem('BALANCE_NOT_FOUND', `No table in ${database} looks like it holds credit balances.`, {
    state: UNTOUCHED,
    next: 'name another database with --database-url, or adapt creditshift init --example guardian by hand',
    details: [
      tables === 0 ? 'there is no table at all' : `looked at ${tables} tables`,
      'looked for: an exact number called credits, balance, tokens, points, quota or the like, or a total and what is used of it',
      'in a table with one row an organization or user: with a unique key, or a reference to theirs',
      ...(await creditCandidates(sql)),
    ],
  });
}
