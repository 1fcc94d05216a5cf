import type { Model } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Queryable } from '../database/connect.ts';
import { creditTables } from '../database/standing.ts';
import { archivingSignal } from './archiving.ts';
import { latencySignal } from './latency.ts';
import { lockWaitersSignal } from './lock-waiters.ts';
import { replicationSignal } from './replication.ts';
import type { Signal } from './signal.ts';

/** The signals that the configuration looks at, cheap ones first; the latency's baseline is taken here. */
export async function signalsOf(sql: Queryable, model: Model, throttle: Config['throttle']): Promise<Signal[]> {
  const { replication, archiving, lockWaiters, latency } = throttle;
  const tables = await creditTables(sql, model);
  return [
    ...(replication ? [replicationSignal(sql, replication)] : []),
    ...(archiving ? [archivingSignal(sql, archiving)] : []),
    ...(lockWaiters !== false ? [lockWaitersSignal(sql, tables, lockWaiters)] : []),
    ...(latency !== false ? [await latencySignal(sql, model, latency)] : []),
  ];
}
