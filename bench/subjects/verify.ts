import { creditshift } from '../cli.ts';
import { sqlFile } from '../databases.ts';
import { alternate, type Measured, ratioRow, shown } from '../measure.ts';
import type { Bench } from '../run.ts';

/** The checks of balances and ledger against the same claims asked in plain SQL. */
export async function verify({ databases, organizations, at }: Bench): Promise<Measured> {
  return databases.withCopy(await databases.live(), async url => {
    await databases.run(url, sqlFile('bare-plans.sql'));
    await databases.run(url, sqlFile('entries.sql'));
    await databases.run(url, 'vacuum analyze');
    const aggregates = sqlFile('aggregates.sql');
    const check = async (group: string) =>
      (await creditshift(url, databases.config, 'verify', '--only', group)).seconds;
    const { checks, plain } = await alternate(2, {
      checks: async () => (await check('balances')) + (await check('ledger')),
      plain: async () => {
        const started = performance.now();
        await databases.run(url, aggregates);
        return (performance.now() - started) / 1000;
      },
    });
    const size = `${at}, ${shown(organizations * 10)} log rows`;
    return {
      rows: [
        ratioRow(
          { what: '`verify` (balances and ledger), against the same aggregates', at: size, atMost: 1.3 },
          's',
          checks,
          plain,
        ),
      ],
    };
  });
}
