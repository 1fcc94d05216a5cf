import { resolve } from 'node:path';
import type { Manifest } from '../../backup/manifest.ts';
import { checkBelongs, readCopySet } from '../../backup/read.ts';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/schema.ts';
import { connect, describeTarget, type ServerFacts, type Sql, targetOf } from '../../database/connect.ts';
import { asProblem } from '../../database/errors.ts';
import { resolveTarget } from '../../database/libpq/resolve.ts';
import type { Result } from '../../output/types.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import { requireExpected } from '../../rollback/guards.ts';
import { markFinished } from '../../rollback/into/database.ts';
import { sinceFromArchive } from '../../rollback/into/since.ts';
import { requireApprovers } from '../session/approvals.ts';
import type { Context } from '../session/context.ts';
import { confirmed, type IntoOptions, ready, restoreFrom } from './restore-into-parts.ts';
import { reportInto, type Window } from './restore-into-report.ts';

/** The old database is gone, or lets nobody in: its server has to do. */
export async function onTheServerAlone(context: Context, options: IntoOptions, cause: Problem): Promise<Result> {
  const { database } = resolveTarget(context.target);
  const { sql, server } = await connect(targetOf(context.target, 'postgres'), 'creditshift', 2).catch(() => {
    throw cause;
  });
  try {
    const config = await loadConfig(context.configPath);
    return await withoutOld(context, sql, { ...server, database }, config, options);
  } catch (error) {
    throw asProblem(error, describeTarget(context.target));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

/** Nothing but an archive, or not even that, tells what was charged since. */
export async function withoutOld(
  context: Context,
  sql: Sql,
  server: ServerFacts,
  config: Config,
  options: IntoOptions,
): Promise<Result> {
  requireExpected(config, server, context.unattended);
  requireApprovers(config, options.approvedBy);
  const backup = await ready(context, sql, server, options);
  const archive = options.replay === undefined ? undefined : resolve(context.folder, options.replay);
  const archived = archive === undefined ? undefined : await readArchive(archive, server);
  const window = await windowSince(sql, (archived ?? backup.manifest).createdAt);
  if (!options.acceptUnknownWindow) throw unknownWindow(server, window, archived);
  const { into } = options;
  await confirmed(
    context,
    `Restore all of ${server.database} as it was at ${backup.manifest.createdAt} into ${into}? ` +
      `What was charged between ${window.from} and ${window.to} is lost.`,
  );
  const started = performance.now();
  const since = archive && archived ? sinceFromArchive(archive, archived) : undefined;
  const whole = await restoreFrom(context, sql, options, backup, since);
  await markFinished(sql, into);
  const seconds = (performance.now() - started) / 1000;
  return reportInto(context, { database: server.database, options, backup, whole, seconds, config, window });
}

async function readArchive(folder: string, server: ServerFacts): Promise<Manifest> {
  const manifest = await readCopySet(folder);
  if (manifest.kind !== 'archive') {
    throw new Problem('USAGE', `${folder} is not the archive of a rollback.`, {
      state: UNTOUCHED,
      next: 'name a folder of ./creditshift-archives with --replay',
    });
  }
  checkBelongs(manifest, server);
  return manifest;
}

/** By the server's clock, as the moment of a backup is. */
async function windowSince(sql: Sql, from: string): Promise<Window> {
  const [row] = await sql<{ to: string }[]>`
    select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as to`;
  return { from, to: row?.to ?? '' };
}

function unknownWindow({ database }: ServerFacts, { from, to }: Window, archived: Manifest | undefined): Problem {
  const message = `Nobody can say what was charged in ${database} between ${from} and ${to}.`;
  return new Problem('UNKNOWN_WINDOW', message, {
    state: UNTOUCHED,
    next: 'make the old database readable; or say --accept-unknown-window, and what was charged then is lost',
    details: [
      archived
        ? 'The archive has what was charged up to its moment.'
        : 'The old database has no migration to read, or cannot be read, and no archive is named with --replay.',
    ],
  });
}
