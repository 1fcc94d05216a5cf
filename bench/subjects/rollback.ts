import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { PRODUCT } from '../charge.ts';
import { type CliRun, creditshift } from '../cli.ts';
import { limitRow, type Measured, type Row, ratioRow, shown } from '../measure.ts';
import { pgRestore } from '../pg-restore.ts';
import type { Bench } from '../run.ts';

const ORGANIZATIONS = 10_000;
const CHARGES = 100_000;
/** Charges per second while `disable` runs: enough to meet its switch. */
const RATE = 500;
const TABLES = ['organization_credits', 'credit_actions', 'credit_consumption_logs'];

/** The three ways back, each on a copy of the same cut-over database with charges to settle. */
export async function rollback({ databases, load, at }: Bench): Promise<Measured> {
  const legacy = await databases.legacy();
  const backup = join(databases.config, '../backup');
  return databases.withCopy(legacy, async live => {
    await creditshift(live, databases.config, 'backup', '--out', backup);
    await creditshift(live, databases.config, 'migrate', '--without-backup-proof');
    await databases.run(
      live,
      `select count(public.consume_credits_rpc(md5((1 + n % ${ORGANIZATIONS})::text)::uuid, 'ai_chat'))
         from generate_series(1, ${CHARGES}) as n`,
    );
    await databases.run(live, 'vacuum analyze');
    const timed = async (url: string, ...args: string[]) => {
      const run = await creditshift(url, databases.config, 'rollback', '--method', ...args);
      const whole = `with the verification after it ${shown(run.seconds)} s`;
      return { seconds: run.document.seconds ?? Number.NaN, figures: [...partsOf(run), whole].join(', ') };
    };

    const disable = await databases.withCopy(live, url => timed(url, 'disable'));
    const stalled = await databases.withCopy(live, url =>
      load.open(url, { ...PRODUCT, upTo: ORGANIZATIONS }, 8, RATE, async () => {
        await pause(1000);
        await timed(url, 'disable');
        await pause(500);
      }),
    );
    const drop = await databases.withCopy(live, url => timed(url, 'drop'));
    // In place: a backup of another database is refused, and a copy is another one.
    const restore = await timed(live, 'restore', '--from', backup);
    const dumped = await databases.withCopy(legacy, async url => pgRestore(url, TABLES));
    rmSync(backup, { recursive: true });
    const settled = `${at}, ${shown(CHARGES)} charges of ${shown(ORGANIZATIONS)} organizations`;
    return {
      rows: [
        limitRow({ what: '`rollback --method disable`', at: settled, below: 2 }, 's', disable.seconds, disable.figures),
        limitRow(
          { what: 'the same: longest stall of 8 charging clients', at: settled, below: 500 },
          'ms',
          stalled.milliseconds.at(-1) ?? Number.NaN,
          `${shown(RATE)} charges/s, ${stalled.errors} errors`,
        ),
        limitRow({ what: '`rollback --method drop`', at: settled, below: 10 }, 's', drop.seconds, drop.figures),
        ...(dumped === undefined ? [] : [againstPgRestore(settled, restore, dumped)]),
      ],
    };
  });
}

const partsOf = (run: CliRun) => run.steps.map(({ step, milliseconds }) => `${step} ${shown(milliseconds / 1000)} s`);

function againstPgRestore(at: string, restore: { seconds: number; figures: string }, dumped: number): Row {
  const what = '`rollback --method restore`, against pg_restore of the same tables';
  const row = ratioRow({ what, at, atMost: 1.3 }, 's', [restore.seconds], [dumped]);
  return { ...row, figures: `${shown(restore.seconds)} against ${shown(dumped)} s; ${restore.figures}` };
}
