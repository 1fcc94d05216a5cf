import type { Chosen } from '../../backup/read.ts';
import { type CheckResult, isFailure, runChecks } from '../../checks/run.ts';
import { buildModel } from '../../config/model.ts';
import { quoteIdentifier } from '../../config/names.ts';
import type { Config } from '../../config/schema.ts';
import { connect, targetOf } from '../../database/connect.ts';
import { readFacts } from '../../database/facts.ts';
import { counted } from '../../output/counted.ts';
import type { Block, Result } from '../../output/types.ts';
import { EXIT } from '../../problems.ts';
import type { Whole } from '../../rollback/into/restore.ts';
import type { Context } from '../session/context.ts';
import { checking } from '../shown/checking.ts';
import { summary } from '../shown/findings.ts';
import { listed } from '../shown/listed.ts';
import type { IntoOptions } from './restore-into-parts.ts';

/** Two moments, ISO 8601, between which nobody knows what was charged. */
export interface Window {
  from: string;
  to: string;
}

interface Told {
  /** The old one. */
  database: string;
  options: IntoOptions;
  backup: Chosen;
  whole: Whole;
  seconds: number;
  config: Config;
  window?: Window;
}

/** What a restore into a new database did, with the checks of an unmigrated database run there. */
export async function reportInto(context: Context, told: Told): Promise<Result> {
  const { database, options, backup, whole, seconds, window } = told;
  const checks = await checksOf(context, options.into, told.config);
  const { replayed, left } = whole;
  return {
    document: {
      method: 'restore',
      database,
      into: options.into,
      backup: backup.folder,
      seconds,
      replayed,
      left,
      window: window ?? null,
      checks,
    },
    blocks: [...outcomeBlocks(told), ...listBlocks(told), summary(checks), ...nextBlocks(told)],
    exitCode: left.length > 0 || checks.some(isFailure) ? EXIT.verification : EXIT.done,
  };
}

async function checksOf(context: Context, into: string, config: Config): Promise<CheckResult[]> {
  const { sql } = await connect(targetOf(context.target, into), 'creditshift', 2);
  try {
    const model = buildModel(config, await readFacts(sql, config));
    return await runChecks({ sql, model, state: undefined, config }, checking(context.progress));
  } finally {
    await sql.end({ timeout: 2 });
  }
}

function outcomeBlocks({ database, options: { into }, backup, whole, seconds, window }: Told): Block[] {
  const { before, after, organizations } = whole.replayed;
  const good = (text: string): Block => ({ kind: 'mark', tone: 'good', text });
  const lost = ({ from, to }: Window): Block => ({
    kind: 'mark',
    tone: 'warn',
    text: `What was charged between ${from} and ${to} is unknown, and not in it.`,
  });
  return [
    good(`restore: ${database} as of ${backup.manifest.createdAt} is in ${into}, in ${seconds.toFixed(1)} s.`),
    good('All control totals of the backup were equal before the replay.'),
    good(
      `Legacy balances: ${before} in the backup, ${after} now; ${counted(organizations, 'organization')} changed since.`,
    ),
    ...(window ? [lost(window)] : []),
    { kind: 'text', text: `Backup: ${backup.folder}` },
  ];
}

function listBlocks({ options, backup, whole: { replayed, left } }: Told): Block[] {
  const { differing, later, gone } = replayed;
  const carried = later.filter(o => o.left === null).length;
  return [
    ...listed(backup.rejected, text => `passed over: ${text}`),
    ...listed(
      differing,
      d => `${d.organization}: was ${d.current}, by the backup ${d.backup}; taken: ${options.balances}`,
    ),
    ...(carried > 0
      ? [
          {
            kind: 'mark',
            tone: 'good',
            text: `${counted(carried, 'organization')} that came later: carried over.`,
          } as const,
        ]
      : []),
    ...listed(
      later.filter(o => o.left !== null),
      o =>
        `${o.organization}: came after the backup, had ${o.balance ?? 'null'}, and is not in ${options.into}: ${o.left}`,
    ),
    ...listed(gone, o => `${o}: is in the backup, and was deleted since; it is in ${options.into} again`),
    ...listed(left, line => `not made again: ${line}`),
  ];
}

function nextBlocks({ database, options: { into }, window }: Told): Block[] {
  const rename = (from: string, to: string) =>
    `  alter database ${quoteIdentifier(from)} rename to ${quoteIdentifier(to)};`;
  return [
    ...(window
      ? []
      : [{ kind: 'text', text: `Charging in ${database} is paused and stays so; it can be read.` } as const]),
    { kind: 'text', text: `Next: point the application at ${into}; or, with nobody connected, from another database:` },
    ...(window ? [] : [{ kind: 'text', text: rename(database, `${database}_before_restore`) } as const]),
    { kind: 'text', text: rename(into, database) },
  ];
}
