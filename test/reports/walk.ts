import { type ReportOptions, report } from '../../src/commands/report/report.ts';
import type { Sql } from '../../src/database/connect.ts';
import { ADMIN, AGENZIA, contextFor, freshDatabase, guardianYaml } from '../support/guardian.ts';
import { migrateTo } from '../support/migrated.ts';

/** Guardian through the cutover and the acceptance walk: three charges and a refusal. */
export async function walkedDatabase(): Promise<{ url: string; sql: Sql }> {
  const database = await freshDatabase();
  await walk(database.sql);
  return database;
}

/** Migrates a Guardian database and makes the calls of the acceptance walk. */
export async function walk(sql: Sql): Promise<void> {
  await migrateTo(sql);
  const calls = [
    [AGENZIA, 'ai_chat', 1],
    [AGENZIA, 'whatsapp_message', 1],
    [ADMIN, 'email_send', 1],
    [AGENZIA, 'ai_chat', 1000],
  ] as const;
  for (const [organization, action, quantity] of calls) {
    await sql`select public.consume_credits_rpc(${organization}::uuid, ${action}, ${quantity})`;
  }
}

/** The report's Markdown with the padding of its tables taken out, so that a test can state a row. */
export async function reportOf(url: string, options: ReportOptions, yaml = guardianYaml): Promise<string> {
  const { blocks } = await report(contextFor(url, yaml), options);
  const [block] = blocks;
  if (block?.kind !== 'verbatim') throw new Error('the report is not verbatim');
  return compact(block.text);
}

export const compact = (markdown: string): string => markdown.replace(/ {2,}(?=\||\S)/g, ' ');

/** The text of one section, from its heading to the next of the same rank. */
export function section(markdown: string, title: string): string {
  const [, text] = new RegExp(`^## ${title}$([^]*?)(?=^## |(?![^]))`, 'm').exec(markdown) ?? [];
  if (text === undefined) throw new Error(`no section ${title} in:\n${markdown}`);
  return text.trim();
}
