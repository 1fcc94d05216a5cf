import { stringify } from 'yaml';
import { type GuardOptions, guard } from '../../src/commands/guard.ts';
import type { Sql } from '../../src/database/connect.ts';
import type { Result } from '../../src/output/types.ts';
import type { Look } from '../../src/progress.ts';
import { AGENZIA, contextFor, freshDatabase, guardianYaml, migrate } from '../support/guardian.ts';

/** The Guardian configuration with a `guard:` section; it looks ten times a second. */
export const guardedYaml = (section: object = {}, hooks: object = {}) =>
  `${guardianYaml.replace(/^guard:.*\n(?: .*\n)+/m, '')}\n${stringify({ guard: { every: 0.1, ...section }, hooks })}`;

/** A database after its cutover. */
export async function cutOver(section: object = {}) {
  const { url, sql } = await freshDatabase();
  const context = contextFor(url, guardedYaml(section));
  await migrate(context);
  return { url, sql, context };
}

/** Guards `url` until `enough` of what it saw, or until it ends by itself; `each` is called after each look. */
export async function watched(
  url: string,
  section: object,
  enough: (looks: Look[]) => boolean,
  options: GuardOptions = {},
  each: (look: Look) => void = () => {},
  hooks: object = {},
): Promise<{ result: Result; looks: Look[]; notes: string[] }> {
  const looks: Look[] = [];
  const notes: string[] = [];
  const context = contextFor(url, guardedYaml(section, hooks));
  context.stopping = () => enough(looks);
  context.progress = event => {
    if (event.event === 'note') notes.push(event.text);
    if (event.event !== 'look') return;
    looks.push(event);
    each(event);
  };
  return { result: await guard(context, options), looks, notes };
}

/** A client that charges, and one that asks for more than there is. */
export async function charge(sql: Sql, charges: number, refusals: number): Promise<void> {
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat') from generate_series(1, ${charges}::integer)`;
  await sql`select consume_credits_rpc(${AGENZIA}, 'ai_chat', 100000) from generate_series(1, ${refusals}::integer)`;
}

export const modeOf = async (sql: Sql) =>
  (await sql<{ mode: string }[]>`select mode from creditshift.control`)[0]?.mode;
