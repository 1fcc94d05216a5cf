import { randomUUID } from 'node:crypto';
import { rename, rm, writeFile } from 'node:fs/promises';
import type { Model } from '../../config/model.ts';
import type { Queryable } from '../../database/connect.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';
import type { Look } from '../../progress.ts';

/** Credits available in each pool, over all organizations; exact, as text. Reads every balance row once. */
export async function readBalances(sql: Queryable, { balances, pools }: Model): Promise<Record<string, string>> {
  const sums = pools.map(pool => `coalesce(sum(${pool.available.b}), 0)::text`);
  const [row] = await sql.unsafe<{ sums: string[] }[]>(
    `select json_build_array(${sums.join(', ')}) as sums from ${balances.table} as b`,
  );
  return Object.fromEntries(pools.map(({ name }, i) => [name, row?.sums[i] ?? '0']));
}

/** Metrics of no look yet. */
export const NO_METRICS = '# EOF\n';

interface Family {
  name: string;
  help: string;
  unit?: string;
  /** Value by its labels; a value that is not known has no line. */
  samples: readonly (readonly [labels: string, value: number | string | null])[];
}

/** A look as OpenMetrics text 1.0 (https://prometheus.io/docs/specs/om/open_metrics_spec/); all are gauges: a window moves. */
export function openMetrics(look: Look, minutes: number): string {
  const seconds = (milliseconds: number | null) => milliseconds && milliseconds / 1000;
  const families: Family[] = [
    {
      name: 'window_seconds',
      unit: 'seconds',
      help: 'Time over which charges are counted.',
      samples: [['', minutes * 60]],
    },
    { name: 'charges', help: 'Charges in the window.', samples: [['', look.charges]] },
    { name: 'refusals', help: 'Charges refused for want of credits in the window.', samples: [['', look.refusals]] },
    { name: 'reversals', help: 'Charges given back in the window, parts too.', samples: [['', look.reversals]] },
    {
      name: 'charge_latency_seconds',
      unit: 'seconds',
      help: 'What a charge takes in the server.',
      samples: [['', seconds(look.latency)]],
    },
    {
      name: 'charge_latency_baseline_seconds',
      unit: 'seconds',
      help: 'What a charge took right after the cutover.',
      samples: [['', seconds(look.baseline)]],
    },
    {
      name: 'application_error_ratio',
      unit: 'ratio',
      help: 'Errors as the application tells them.',
      samples: [['', look.errorRate === null ? null : look.errorRate / 100]],
    },
    {
      name: 'balance_credits',
      unit: 'credits',
      help: 'Credits available in a pool, over all organizations.',
      samples: Object.entries(look.balances ?? {}).map(([pool, credits]) => [`{pool="${pool}"}`, credits]),
    },
    { name: 'limits_exceeded', help: 'Limits that are exceeded.', samples: [['', look.exceeded.length]] },
    {
      name: 'look_timestamp_seconds',
      unit: 'seconds',
      help: 'When guard looked.',
      samples: [['', Date.parse(look.at) / 1000]],
    },
  ];
  return `${families.flatMap(linesOf).join('\n')}\n${NO_METRICS}`;
}

function linesOf({ name, help, unit, samples }: Family): string[] {
  const full = `creditshift_${name}`;
  return [
    `# TYPE ${full} gauge`,
    ...(unit ? [`# UNIT ${full} ${unit}`] : []),
    `# HELP ${full} ${help}`,
    ...samples.flatMap(([labels, value]) => (value === null ? [] : [`${full}${labels} ${value}`])),
  ];
}

/**
 * Writes a file as a whole: a reader finds the old one or the new one.
 * @throws Problem USAGE where it cannot be written
 */
export async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, text);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new Problem('USAGE', `Cannot write ${path}: ${(cause as Error).message}.`, {
      state: UNTOUCHED,
      next: 'name a file in a folder that can be written with --metrics',
      cause,
    });
  }
}
