import { benchConfig, creditshift } from '../cli.ts';
import { sqlFile } from '../databases.ts';
import { alternate, limitRow, type Measured, ratioRow } from '../measure.ts';
import type { Bench } from '../run.ts';

/** Allocation by pages against one bare statement, and against the documents' loop. */
export async function allocation({ databases, organizations, rounds, at }: Bench): Promise<Measured> {
  const [expanded, documents] = [await databases.expanded(), await databases.documents()];
  const peaks: number[] = [];
  const perSecond = (seconds: number) => organizations / seconds;
  const timed = (of: string, text: string) => () =>
    databases.withCopy(of, async url => {
      const started = performance.now();
      await databases.run(url, text);
      return perSecond((performance.now() - started) / 1000);
    });

  const paged = (config: string) => () =>
    databases.withCopy(expanded, async url => {
      const { steps, peak } = await creditshift(
        url,
        config,
        'migrate',
        '--without-backup-proof',
        '--to',
        '060_allocate',
      );
      peaks.push(peak);
      const step = steps.find(({ step }) => step === '060_allocate');
      return perSecond((step?.milliseconds ?? Number.NaN) / 1000);
    });

  const { one, two, bare, loop } = await alternate(rounds, {
    one: paged(databases.config),
    two: paged(benchConfig(2)),
    bare: timed(expanded, sqlFile('bare-allocation.sql')),
    loop: timed(documents, sqlFile('documents-allocate.sql')),
  });
  const unit = 'organizations/s';
  return {
    rows: [
      ratioRow({ what: 'allocation, one connection, against one bare statement', at, atLeast: 1.3 }, unit, one, bare),
      ratioRow({ what: 'allocation, two connections, against the same', at, atLeast: 2.2 }, unit, two, bare),
      ratioRow({ what: 'allocation, one connection, against the documents’ loop', at, atLeast: 6 }, unit, one, loop),
      limitRow({ what: 'memory of the CLI, allocating', at, below: 200 }, 'MB', Math.max(...peaks)),
    ],
  };
}
