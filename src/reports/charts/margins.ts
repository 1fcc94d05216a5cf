import type Big from 'big.js';
import type { MarginTable } from '../margin-tables.ts';
import { percent, thousands } from '../markdown.ts';
import { type Chart, label, rows, series, TARGET } from './chart.ts';

/** A loss beyond this is drawn as if it were this; its label tells the margin. */
const LEAST = -100;

/** Worst case and actual margin of each plan against its target, by one table of unit costs. */
export function marginsChart(table: MarginTable, index: number): Chart | undefined {
  const shown = table.worst.flatMap(row => {
    const actual = table.actual.find(other => other.plan === row.plan)?.percent ?? null;
    return row.percent === null && actual === null
      ? []
      : [{ plan: row.plan, target: row.target, worst: row.percent, actual }];
  });
  if (shown.length === 0) return undefined;
  const given = shown.flatMap(row => [row.worst, row.actual]).filter(value => value !== null);
  const least = Math.min(0, ...given.map(drawn), ...shown.map(row => row.target));
  const text = (value: Big | null) => (value === null ? '–' : percent(value));
  return {
    name: `margins-${index}`,
    title: `Margins against their targets, by ${table.name}`,
    description: shown
      .map(row => `${row.plan}: ${text(row.worst)} at full use, ${text(row.actual)} so far, target ${row.target} %`)
      .join('. '),
    height: narrow => 68 + shown.length * (narrow ? 60 : 50),
    option: narrow => ({
      ...rows(
        shown.map(row => row.plan),
        narrow ? 62 : 76,
        {
          min: least < 0 ? Math.floor(least / 50) * 50 : 0,
          max: 100,
          interval: narrow ? 50 : 25,
          axisLabel: { formatter: (value: number) => `${thousands(value)} %` },
        },
      ),
      series: [
        ...(['worst', 'actual'] as const).map((which, i) => ({
          name: which === 'worst' ? 'full use' : 'so far',
          type: 'bar',
          barWidth: 13,
          barGap: '25%',
          itemStyle: { color: series(i) },
          data: shown.map(row => {
            const value = row[which];
            return value && drawn(value);
          }),
        })),
        {
          name: 'target',
          type: 'scatter',
          symbol: 'rect',
          symbolSize: [3, narrow ? 44 : 38],
          z: 5,
          itemStyle: { color: TARGET, opacity: 1 },
          data: shown.map((row, i) => [row.target, i]),
        },
        // Labels of their own: those of a bar would lie below the target's mark, and one that meets it goes beyond.
        ...(['worst', 'actual'] as const).map((which, i) => ({
          type: 'scatter',
          symbolSize: 1,
          symbolOffset: [0, i === 0 ? -8 : 8],
          itemStyle: { color: 'none', opacity: 1 },
          z: 6,
          data: shown.flatMap((row, n) => {
            const value = row[which];
            if (value === null) return [];
            const end = Math.max(drawn(value), 0);
            const gap = row.target - end;
            const at = gap > 0 && gap < (narrow ? 30 : 9) ? row.target : end;
            return [{ value: [at, n], label: { ...label, ...OVER, formatter: percent(value) } }];
          }),
        })),
      ],
    }),
    table: {
      columns: ['Plan', 'Full use', 'So far', 'Target'],
      rows: shown.map(row => [row.plan, text(row.worst), text(row.actual), `${row.target} %`]),
    },
  };
}

/** Covers what it lies on. */
const OVER = { backgroundColor: 'var(--paper)', padding: [1, 3], distance: 3 };

const drawn = (value: Big): number => Math.max(LEAST, value.toNumber());
