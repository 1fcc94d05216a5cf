import { Problem, UNTOUCHED } from '../../problems.ts';
import { secondsOf } from './duration.ts';

/**
 * When a run shall stop, on the clock of performance.now(), which no change of the wall clock moves; Infinity is never.
 * `until` is a time of day, here and the next time it comes, or a moment in ISO 8601.
 * @throws Problem USAGE
 */
export function deadlineOf(options: { for?: string; until?: string }, now = new Date()): number {
  if (options.for !== undefined && options.until !== undefined) throw usage('--for and --until exclude each other.');
  const allowed =
    options.for !== undefined
      ? (secondsOf(options.for) ?? Number.NaN) * 1000
      : options.until !== undefined
        ? momentOf(options.until, now).getTime() - now.getTime()
        : Number.POSITIVE_INFINITY;
  if (allowed > 0) return performance.now() + allowed;
  throw usage(`"${options.for ?? options.until}" is no time in the future.`);
}

function momentOf(text: string, now: Date): Date {
  const [, hours, minutes] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (!hours || !minutes) return new Date(/^\d{4}-\d\d-\d\dT/.test(text) ? text : Number.NaN);
  const moment = new Date(now);
  moment.setHours(Number(hours), Number(minutes), 0, 0);
  if (moment <= now) moment.setDate(moment.getDate() + 1);
  return moment;
}

const usage = (message: string) =>
  new Problem('USAGE', message, { state: UNTOUCHED, next: 'write --for 2h, or --until 04:00, which is local time' });
