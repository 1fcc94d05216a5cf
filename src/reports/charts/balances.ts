import { thousands } from '../markdown.ts';
import { type Chart, label, rows, series, TRACK } from './chart.ts';

/** What is left of a pool, over all organizations. */
interface Total {
  label: string;
  available: bigint;
  total: bigint;
}

/** Credits available of each pool against its total, as shares: pools differ in size by orders of magnitude. */
export function balancesChart(totals: readonly Total[]): Chart {
  const share = ({ available, total }: Total) => (total === 0n ? 0 : Number((available * 10_000n) / total) / 100);
  const amounts = totals.map(row => `${thousands(row.available)} of ${thousands(row.total)}`);
  return {
    name: 'balances',
    title: 'Credits available of each pool',
    description: totals.map((row, i) => `${row.label}: ${amounts[i]} credits are available`).join('. '),
    height: narrow => 68 + totals.length * (narrow ? 52 : 44),
    option: narrow => ({
      ...rows(
        totals.map(row => row.label),
        narrow ? 14 : 150,
        { min: 0, max: 100, axisLabel: { formatter: '{value} %' } },
      ),
      series: [
        {
          name: 'available',
          type: 'bar',
          stack: 'pool',
          barWidth: 18,
          itemStyle: { color: series(0) },
          data: totals.map(share),
        },
        {
          name: 'used',
          type: 'bar',
          stack: 'pool',
          itemStyle: { color: TRACK },
          data: totals.map((row, i) => ({
            value: row.total === 0n ? 0 : 100 - share(row),
            label: {
              ...label,
              ...(narrow && { position: 'insideTopRight', offset: [0, -24] }),
              formatter: amounts[i],
            },
          })),
        },
      ],
    }),
    table: {
      columns: ['Pool', 'Available', 'Total', 'Share'],
      rows: totals.map(row => [row.label, thousands(row.available), thousands(row.total), `${share(row)} %`]),
    },
  };
}
