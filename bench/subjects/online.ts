import { setTimeout as pause } from 'node:timers/promises';
import { PRODUCT } from '../charge.ts';
import { type CliRun, creditshift } from '../cli.ts';
import { quantile } from '../load/load.ts';
import { limitRow, type Measured, shown } from '../measure.ts';
import type { Bench } from '../run.ts';

const CLIENTS = 8;
const SHARE_OF_CAPACITY = 0.3;
/** Steps that take ACCESS EXCLUSIVE on a table of the target. */
const STRONG = /^(020|030|040)_/;

/** Clients that go on charging, at their own pace, through a whole migrate. */
export async function online({ databases, organizations, load, seconds, at }: Bench): Promise<Measured> {
  const script = { ...PRODUCT, upTo: organizations };
  return databases.withCopy(await databases.legacy(), async url => {
    const capacity = await load.closed(url, script, CLIENTS, seconds);
    const rate = Math.round(capacity * SHARE_OF_CAPACITY);
    const idle = await load.open(url, script, CLIENTS, rate, () => pause(10_000));
    const runs: CliRun[] = [];
    const busy = await load.open(url, script, CLIENTS, rate, async () => {
      await pause(1000);
      runs.push(await creditshift(url, databases.config, 'migrate', '--without-backup-proof'));
      await pause(1000);
    });
    const [run] = runs;
    if (!run) throw new Error('migrate did not run');
    const [before, during] = [quantile(idle.milliseconds, 0.99), quantile(busy.milliseconds, 0.99)];
    const stall = busy.milliseconds.at(-1) ?? Number.NaN;
    const strong = run.steps.filter(({ step }) => STRONG.test(step));
    const held = strong.map(({ heldMilliseconds = Number.NaN }) => heldMilliseconds);
    const clients = `${at}, ${CLIENTS} clients, ${rate} charges/s`;
    const what = 'clients during a whole migrate';
    return {
      rows: [
        limitRow(
          { what: `${what}: longest stall`, at: clients, below: 250 },
          'ms',
          stall,
          `migrate took ${shown(run.seconds)} s (${slowest(run)}); longest without it ${shown(idle.milliseconds.at(-1) ?? Number.NaN)} ms`,
        ),
        {
          what: `${what}: p99`,
          at: clients,
          goal: '≤ 2 ×',
          reached: `${(during / before).toFixed(2)} ×`,
          met: during <= 2 * before,
          figures: `${shown(during)} against ${shown(before)} ms`,
        },
        {
          what: `${what}: errors`,
          at: clients,
          goal: '0',
          reached: String(busy.errors),
          met: busy.errors === 0,
          figures: `${shown(busy.milliseconds.length)} charges`,
        },
        limitRow(
          { what: 'ACCESS EXCLUSIVE held by any one step', at: clients, below: 50 },
          'ms',
          Math.max(...held),
          strong.map(({ step, heldMilliseconds }) => `${step} ${heldMilliseconds}`).join(', '),
        ),
      ],
    };
  });
}

/** The steps that took longest. */
const slowest = ({ steps }: CliRun) =>
  steps
    .toSorted((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, 4)
    .map(({ step, milliseconds }) => `${step} ${shown(milliseconds / 1000)}`)
    .join(', ');
