import type { Model } from '../config/model.ts';
import { quoteIdentifier } from '../config/names.ts';
import type { Queryable } from '../database/connect.ts';
import type { Signal } from './signal.ts';

/** Milliseconds below which a read is never called slow. */
const NEGLIGIBLE = 10;
/** Reads of the baseline, and of each look; their median counts. */
const READS = { baseline: 9, look: 3 };

/** A read of one balance row, timed against the same read before the first page: `times` slower is too slow. */
export async function latencySignal(sql: Queryable, model: Model, times: number): Promise<Signal> {
  const read = await reader(sql, model);
  const baseline = await median(read, READS.baseline);
  return {
    name: 'latency',
    reason: async () => {
      const now = await median(read, READS.look);
      if (now <= Math.max(NEGLIGIBLE, times * baseline)) return undefined;
      return `reading a balance takes ${now.toFixed(0)} ms, ${baseline.toFixed(1)} ms before the first page`;
    },
  };
}

async function reader(sql: Queryable, { balances, key }: Model): Promise<() => Promise<unknown>> {
  const owner = `b.${quoteIdentifier(balances.owner)}`;
  const [row] = await sql.unsafe<{ key: string }[]>(`select ${owner}::text as key from ${balances.table} as b limit 1`);
  const text = `select from ${balances.table} as b where ${owner} = $1::${key}`;
  return async () => sql.unsafe(text, [row?.key ?? null]);
}

async function median(read: () => Promise<unknown>, reads: number): Promise<number> {
  const times: number[] = [];
  for (let n = 0; n < reads; n++) {
    const started = performance.now();
    await read();
    times.push(performance.now() - started);
  }
  return times.sort((a, b) => a - b)[Math.floor(reads / 2)] ?? 0;
}
