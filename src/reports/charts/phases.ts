import { duration } from '../markdown.ts';
import type { RehearsalData } from '../rehearsal.ts';
import { type Chart, label, rows, series } from './chart.ts';

/** How long each phase of a rehearsal took, a bar a way back. */
export function phasesChart({ phases, waysBack }: RehearsalData): Chart | undefined {
  if (phases.length === 0) return undefined;
  const methods = waysBack.map(way => way.method);
  const took = (milliseconds: number | undefined) => (milliseconds === undefined ? '–' : duration(milliseconds));
  return {
    name: 'phases',
    title: 'How long each phase took',
    description: waysBack
      .map(way => `${way.method}: ${duration(way.total)} in all, back in ${duration(way.milliseconds)}`)
      .join('. '),
    height: () => 68 + phases.length * 52,
    option: narrow => ({
      ...rows(
        phases.map(row => row.phase),
        66,
        {
          splitNumber: narrow ? 2 : 5,
          axisLabel: {
            formatter: (value: number) => `${value / 1000} s`,
          },
        },
      ),
      series: methods.map((name, i) => ({
        name,
        type: 'bar',
        barWidth: 11,
        barGap: '15%',
        itemStyle: { color: series(i) },
        data: phases.map(row => ({
          value: row.ways[i]?.milliseconds ?? null,
          label: { ...label, fontSize: 11, formatter: took(row.ways[i]?.milliseconds) },
        })),
      })),
    }),
    table: {
      columns: ['Phase', ...methods],
      rows: phases.map(row => [row.phase, ...row.ways.map(way => took(way?.milliseconds))]),
    },
  };
}
