import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { init } from '../../src/commands/init.ts';
import type { Context } from '../../src/commands/session/context.ts';
import { MARK } from '../../src/config/marks.ts';
import { connect } from '../../src/database/connect.ts';
import { databasesHere } from '../support/databases.ts';
import { contextFor } from '../support/guardian.ts';

/** Layouts that are examples, too. */
const FOLDER_OF: Record<string, string> = { 'planned-legacy': 'examples' };

let counter = 0;

/** A database without a table, or with the layout of this name, and a context without a configuration. */
export async function layout(name?: string) {
  const server = { label: 'the server of the tests', ...databasesHere() };
  const base = `cs_layout_${process.pid}_${counter++}`;
  const url = await server.createDatabase(base);
  onTestFinished(() => server.stop());
  if (name !== undefined)
    await load(
      url,
      readFileSync(
        join(import.meta.dirname, '../..', FOLDER_OF[name] ?? 'test/fixtures/layouts', `${name}.sql`),
        'utf8',
      ),
    );
  return { url, server, base, context: unconfigured(url) };
}

/** Runs SQL, and leaves no connection behind: the database may be copied. */
export async function load(url: string, text: string): Promise<void> {
  const { sql } = await connect({ url, environment: {} }, 'test', 1);
  await sql.unsafe(text);
  await sql.end({ timeout: 1 });
}

export function unconfigured(url: string): Context {
  const context = contextFor(url);
  rmSync(context.configPath);
  return context;
}

/** What init writes. */
export async function written(context: Context): Promise<string> {
  await init(context, {});
  return readFileSync(context.configPath, 'utf8');
}

/** Answers to marked lines by their key; several where a line has several marks. */
export type Answers = Record<string, string | string[]>;

/** The text with each mark replaced, and nothing else; an answer that no line asks for, or a line without one, is an error. */
export function filledIn(text: string, answers: Answers): string {
  const open = new Map(Object.entries(answers));
  const lines = text.split('\n').map(line => {
    const [code = '', ...comment] = line.split(/(?=\s#\s)/);
    if (line.trimStart().startsWith('#') || !code.includes(MARK)) return line;
    const key = code.trim().split(':')[0] ?? '';
    const values = [open.get(key) ?? []].flat();
    open.delete(key);
    return code.replaceAll(MARK, () => values.shift() ?? `no answer to ${key}`) + comment.join('');
  });
  const rest = [...open.keys(), ...lines.filter(line => line.includes('no answer to'))];
  if (rest.length > 0) throw new Error(`marks and answers differ: ${rest.join(', ')}`);
  return lines.join('\n');
}

/** Fills in what init left open. */
export async function configured(context: Context, answers: Answers): Promise<void> {
  writeFileSync(context.configPath, filledIn(await written(context), answers));
}
