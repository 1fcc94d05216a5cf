import { duration } from '../markdown.ts';
import type { StepTiming } from '../timings.ts';
import { type Chart, label, rows, series } from './chart.ts';

/** The steps one after the other, each as long as it took, and the longest lock that it held; pauses between them are left out. */
export function timelineChart(steps: readonly StepTiming[]): Chart | undefined {
  const measured = steps.flatMap(step => {
    if (step.milliseconds === null) return [];
    return [{ step: step.step, took: step.milliseconds, locked: longest(step) }];
  });
  if (measured.length === 0) return undefined;
  const starts = measured.map((_, i) => measured.slice(0, i).reduce((sum, step) => sum + step.took, 0));
  const total = measured.reduce((sum, step) => sum + step.took, 0);
  const offset = (stack: string) => ({ type: 'bar', stack, itemStyle: { color: 'none' }, data: starts });
  return {
    name: 'timeline',
    title: 'Steps and the locks that they held',
    description:
      `${measured.length} steps took ${duration(total)} in all. ` +
      measured.map(row => `${row.step}: ${duration(row.took)}, locks ${duration(row.locked)}`).join('. '),
    height: () => 68 + measured.length * 36,
    option: narrow => ({
      ...rows(
        measured.map(row => row.step),
        narrow ? 66 : 84,
        {
          axisLabel: {
            formatter: (value: number) => `${value / 1000} s`,
          },
          splitNumber: narrow ? 2 : 5,
        },
      ),
      series: [
        { ...offset('took'), barGap: '0%', barWidth: 12 },
        {
          name: 'took',
          type: 'bar',
          stack: 'took',
          barMinHeight: 2,
          itemStyle: { color: series(0) },
          data: measured.map(row => ({ value: row.took, label: { ...label, formatter: duration(row.took) } })),
        },
        { ...offset('locked'), barWidth: 5 },
        {
          name: 'held a lock, at most',
          type: 'bar',
          stack: 'locked',
          itemStyle: { color: series(2) },
          data: measured.map(row => row.locked),
        },
      ],
    }),
    table: {
      columns: ['Step', 'Took', 'Longest lock'],
      rows: measured.map(row => [row.step, duration(row.took), row.locked > 0 ? duration(row.locked) : '–']),
    },
  };
}

const longest = ({ locks }: StepTiming): number => Math.max(0, ...locks.map(lock => lock.milliseconds ?? 0));
