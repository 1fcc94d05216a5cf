import { parseQualified } from '../config/names.ts';
import { personalColumns } from '../privacy/columns.ts';
import { readActivity, readRecent } from './activity.ts';
import { readCallables, readOwnTables, readTables } from './architecture.ts';
import { readChanges } from './changes.ts';
import { type Common, readCommon, type Told } from './common.ts';
import { readOverTime } from './over-time.ts';
import { readActions } from './pricing.ts';
import type { Source } from './source.ts';
import { readJournal, readMethods } from './timings.ts';

/** The window of recent activity, as asked for and in seconds. */
export interface Window {
  text: string;
  seconds: number;
}

export type StatusData = Awaited<ReturnType<typeof readStatus>>;

/** Data of reports/status.md: the system as it is at this moment. */
export async function readStatus(source: Source, told: Told, window: Window) {
  const common = await readCommon(source, told);
  const changes = await readChanges(source);
  const methods = await readMethods(source);
  const personal = await personalColumns(source.tx, source.config);
  const personalOf = (table: string) => {
    const { schema, name } = parseQualified(table);
    return personal.filter(p => p.table === `${schema}.${name}`).map(p => p.column);
  };
  const added = (table: string) => changes.find(c => c.kind === 'column' && c.on === table && c.change === 'added');
  return {
    ...common,
    tables: (await readTables(source)).map(t => ({
      ...t,
      added: added(t.table)?.names ?? [],
      personal: personalOf(t.table),
    })),
    callables: await readCallables(source),
    ownTables: await readOwnTables(source),
    actions: await readActions(source),
    window: window.text,
    activity: await readActivity(source, window.seconds),
    overTime: await readOverTime(source, window.seconds),
    entries: await readRecent(source, window.seconds),
    journal: await readJournal(source),
    readiness: readiness(
      common,
      methods.some(method => method.milliseconds !== null),
    ),
  };
}

/** What a person about to rely on it asks for; done only where it was checked now or is recorded. */
function readiness({ pending, mode, summary, backups }: Common, rehearsed: boolean) {
  return [
    {
      done: pending.length === 0,
      text: pending.length === 0 ? 'every step is applied' : `pending steps: ${pending.join(', ')}`,
    },
    { done: mode === 'live', text: `the new functions charge (mode: ${mode})` },
    ...summary.groups.map(g => ({
      done: g.executed > 0 && g.passed === g.executed && g.omitted === 0,
      text: `checks of ${g.group}: ${g.passed} of ${g.executed + g.omitted} passed${g.omitted > 0 ? `, ${g.omitted} not executed here` : ''}`,
    })),
    {
      done: backups.length > 0,
      text: `a proved backup from before the first step${backups.length > 0 ? '' : ': none found'}`,
    },
    { done: rehearsed, text: `a rollback was ${rehearsed ? '' : 'not '}rehearsed on this database` },
  ];
}
