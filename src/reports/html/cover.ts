import { duration, percent, thousands } from '../markdown.ts';
import type { Report } from './charts.ts';

/** What stands at the head of a page: the verdict, and the few figures that one looks for. */
export interface Cover {
  tone: 'good' | 'bad' | 'plain';
  verdict: string;
  figures: { label: string; value: string; note?: string }[];
}

/** The cover of a report; nothing on it that the text does not say. */
export function coverOf({ kind, data }: Report): Cover {
  switch (kind) {
    case 'completion': {
      const complete = data.obstacles.length === 0;
      const { passed, executed, omitted } = data.summary;
      return {
        tone: complete ? 'good' : 'bad',
        verdict: complete ? 'complete' : 'not complete',
        figures: [
          { label: 'Organizations', value: thousands(data.organizationCount) },
          { label: 'Charges logged', value: thousands(data.activity.charges) },
          { label: 'Checks passed', value: `${passed} of ${executed}`, note: `${omitted} not executed here` },
          { label: 'Open items', value: String(data.openItems.length) },
        ],
      };
    }
    case 'status':
      return {
        tone: data.mode === 'live' ? 'good' : 'plain',
        verdict: `${data.standing}, mode ${data.mode}`,
        figures: data.totals.map(({ label, available, total }) => ({
          label,
          value: thousands(available),
          note: `of ${thousands(total)} credits`,
        })),
      };
    case 'margin': {
      const [table] = data.margins;
      const overall = table?.overall;
      return {
        tone: overall ? (overall.reached ? 'good' : 'bad') : 'plain',
        verdict: overall
          ? `${percent(overall.percent)} at full use, target ${overall.target} %: ${overall.reached ? 'reached' : 'missed'}`
          : 'no margin is given',
        figures: (table?.changes ?? []).map(({ plan, reached, target }) => ({
          label: plan,
          value: percentOf(table?.worst.find(row => row.plan === plan)?.percent),
          note: `target ${target} %: ${reached ? 'reached' : 'missed'}`,
        })),
      };
    }
    case 'rehearsal':
      return {
        tone: data.outcome === 'passed' ? 'good' : 'bad',
        verdict: data.outcome === 'passed' ? 'no difference' : `differences: ${data.faults.length}`,
        figures: data.waysBack.map(({ method, milliseconds, promised }) => ({
          label: method,
          value: duration(milliseconds),
          note: `promised: ${duration(promised)}`,
        })),
      };
  }
}

const percentOf = (value: Parameters<typeof percent>[0] | null | undefined): string => (value ? percent(value) : '–');
