import { balancesChart } from '../charts/balances.ts';
import { chargesChart } from '../charts/charges.ts';
import type { Chart } from '../charts/chart.ts';
import { marginsChart } from '../charts/margins.ts';
import { phasesChart } from '../charts/phases.ts';
import { timelineChart } from '../charts/timeline.ts';
import type { CompletionData } from '../completion.ts';
import type { MarginData } from '../margin.ts';
import type { RehearsalData } from '../rehearsal.ts';
import type { StatusData } from '../status.ts';

/** A kind of report with its data. */
export type Report =
  | { kind: 'completion'; data: CompletionData }
  | { kind: 'status'; data: StatusData }
  | { kind: 'margin'; data: MarginData }
  | { kind: 'rehearsal'; data: RehearsalData };

/** The charts of a report; those without a figure to draw are left out. */
export function chartsOf({ kind, data }: Report): Chart[] {
  return drawable(kind, data as never).filter(chart => chart !== undefined);
}

function drawable(kind: Report['kind'], data: CompletionData & StatusData & MarginData & RehearsalData) {
  if (kind === 'rehearsal') return [phasesChart(data)];
  const margins = data.margins.map(marginsChart);
  if (kind === 'margin') return margins;
  const labels = data.pools.map(pool => pool.label);
  const common = [balancesChart(data.totals), chargesChart(data.overTime, labels), ...margins];
  return kind === 'status' ? common : [...common, timelineChart(data.steps)];
}
