import { quoteIdentifier as q } from '../config/names.ts';
import { list } from './organizations.ts';
import type { PerPool, Source } from './source.ts';

/** Credits charged, less what was given back, in steps of one length. */
export interface OverTime {
  /** The length in words. */
  every: string;
  buckets: { start: string; charged: PerPool }[];
}

/** Lengths of a bucket, in seconds; the first that gives no more than MOST of them. */
const LENGTHS = [
  [60, 'minute'],
  [300, '5 minutes'],
  [900, '15 minutes'],
  [3600, 'hour'],
  [21_600, '6 hours'],
  [86_400, 'day'],
  [604_800, 'week'],
  [2_419_200, '4 weeks'],
  [31_449_600, '52 weeks'],
] as const;
const MOST = 48;

/** What the log has of the last `seconds`; null means since the first call. What retention removed is not in it. */
export async function readOverTime({ tx, model }: Source, seconds: number | null): Promise<OverTime> {
  const { log } = model;
  const at = `l.${q(log.at)}::timestamptz`;
  const [row] = await tx.unsafe<{ span: number }[]>(
    `select coalesce($1::double precision, extract(epoch from now() - min(${at})), 0)::double precision as span
       from ${log.table} as l where l.success`,
    [seconds],
  );
  // A second more, so that the first call is not rounded away.
  const span = (row?.span ?? 0) + 1;
  const [length, every] = LENGTHS.find(([length]) => span / length <= MOST) ?? [31_449_600, '52 weeks'];
  const format = length < 86_400 ? 'YYYY-MM-DD HH24:MI' : 'YYYY-MM-DD';
  // Buckets of days and weeks begin at midnight of a Monday, in the time zone of the database.
  const start = (moment: string) =>
    `date_bin(make_interval(secs => $2), (${moment})::timestamp, timestamp '2001-01-01')`;
  const buckets = await tx.unsafe<OverTime['buckets']>(
    `select to_char(b.start, '${format}') as start,
            ${list(model, pool => `coalesce(sum(l.${q(pool.consumed)}), 0)::text`)} as charged
       from generate_series(${start('now() - make_interval(secs => $1)')}, now()::timestamp, make_interval(secs => $2)) as b (start)
       left join ${log.table} as l on l.success and ${start(at)} = b.start and ${at} >= now() - make_interval(secs => $1)
      group by b.start order by b.start`,
    [span, length],
  );
  return { every, buckets };
}
