import { thousands } from '../markdown.ts';
import type { OverTime } from '../over-time.ts';
import { type Chart, INK, label, MUTED, nameAxis, series, valueAxis } from './chart.ts';

/** Credits charged over time, a row a pool with a scale of its own; less what was given back. */
export function chargesChart({ every, buckets }: OverTime, labels: readonly string[]): Chart | undefined {
  if (buckets.every(bucket => bucket.charged.every(amount => amount === '0'))) return undefined;
  const sums = labels.map((_, i) => buckets.reduce((sum, bucket) => sum + BigInt(bucket.charged[i] ?? 0), 0n));
  const [first, last] = [buckets[0]?.start ?? '', buckets.at(-1)?.start ?? ''];
  const ROW = 96;
  const grids = labels.map((_, i) => ({ left: 44, right: 8, top: 30 + i * ROW, height: ROW - 46 }));
  return {
    name: 'charges',
    title: `Credits charged, each ${every}`,
    description: `From ${first} to ${last}. ${labels.map((name, i) => `${name}: ${thousands(sums[i] ?? 0)} credits`).join('. ')}`,
    height: () => labels.length * ROW + 8,
    option: narrow => ({
      animation: false,
      grid: grids,
      title: labels.map((name, i) => ({
        text: `${name}  ${thousands(sums[i] ?? 0)}`,
        left: 0,
        top: i * ROW,
        padding: 0,
        textStyle: { fontFamily: 'inherit', fontSize: 13, fontWeight: 600, color: INK },
      })),
      xAxis: labels.map((_, i) => ({
        ...nameAxis,
        gridIndex: i,
        data: buckets.map(bucket => bucket.start),
        axisLine: { show: true, lineStyle: { color: MUTED } },
        axisLabel: {
          show: i === labels.length - 1,
          fontFamily: 'inherit',
          fontSize: 12,
          color: MUTED,
          // The first, the last, and what has room between them.
          interval: Math.max(0, Math.ceil(buckets.length / (narrow ? 2 : 5)) - 1),
          alignMinLabel: 'left',
        },
      })),
      yAxis: labels.map((_, i) => ({
        ...valueAxis,
        gridIndex: i,
        minInterval: 1,
        splitNumber: 2,
        axisLabel: { fontFamily: 'inherit', fontSize: 12, color: MUTED },
      })),
      series: labels.map((name, i) => ({
        name,
        type: 'bar',
        xAxisIndex: i,
        yAxisIndex: i,
        barMaxWidth: 28,
        itemStyle: { color: series(i) },
        label: { ...label, show: false },
        data: buckets.map(bucket => Number(bucket.charged[i] ?? 0)),
      })),
    }),
    table: {
      columns: ['From', ...labels],
      rows: buckets
        .filter(bucket => bucket.charged.some(amount => amount !== '0'))
        .map(bucket => [bucket.start, ...bucket.charged.map(thousands)]),
    },
  };
}
