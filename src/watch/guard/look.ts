import { inSnapshot } from '../../checks/isolation.ts';
import { ChargeFailed } from '../../checks/performance/charge.ts';
import { buildModel } from '../../config/model.ts';
import type { Config } from '../../config/schema.ts';
import { describeTarget, type Queryable, type Sql, type Target } from '../../database/connect.ts';
import { asProblem } from '../../database/errors.ts';
import { readState, type State } from '../../database/state.ts';
import { EXIT, Problem } from '../../problems.ts';
import type { Look } from '../../progress.ts';
import { phaseOf } from '../../steps/phase.ts';
import { readErrorRate } from './application.ts';
import { countCharges } from './charges.ts';
import { openInvariants } from './invariants.ts';
import { chargeLatency, readBaseline } from './latency.ts';
import { exceeded } from './limits.ts';
import { readBalances } from './metrics.ts';

/** Measurements of a charge whose median counts: one slow moment of the server is no slow cutover. */
const MEASUREMENTS = 3;
/** Milliseconds for counting the charges of the window. */
const COUNTING = 10_000;

/** What a guard looks at, and where its application is asked. */
export interface Watched {
  sql: Sql;
  /** Today's file. */
  config: Config;
  target: Target;
  /** Where the application's program runs. */
  folder: string;
  /** Sum up the balances of each pool too: that reads every balance row. */
  balances: boolean;
}

export type TakeLook = () => Promise<Look | undefined>;

/**
 * Looks at one cutover; between two looks nothing of it is open in the database. A look is undefined once that cutover
 * is undone, or made anew.
 * @throws Problem of class unreachable when the connection is lost
 */
export function openGuard({ sql, config: { guard }, target, folder, balances }: Watched): TakeLook {
  const invariants = openInvariants(sql, guard.checkMilliseconds);
  const measured: number[] = [];
  let watched: number | undefined;
  let baseline: number | undefined;

  return async () => {
    const state = await readState(sql);
    const cutover = cutoverOf(state);
    watched ??= cutover;
    if (!state || cutover === undefined || cutover !== watched) return undefined;
    const model = buildModel(state.config, state.facts, phaseOf(state));
    const unread: string[] = [];
    const read = async <T>(what: string, reading: () => Promise<T>): Promise<T | null> =>
      reading().catch(error => {
        const problem = asProblem(error, describeTarget(target));
        if (problem instanceof Problem && problem.exitCode === EXIT.unreachable) throw problem;
        unread.push(`${what}: ${(error as Error).message}`);
        return null;
      });

    const charges = await read('charges', () =>
      limited(sql, COUNTING, tx => countCharges(tx, model, guard.window * 60)),
    );
    baseline ??= (await read('baseline', () => readBaseline(sql))) ?? undefined;
    let failed: string | undefined;
    const now = await read('latency', () =>
      chargeLatency(sql, model).catch(error => {
        if (!(error instanceof ChargeFailed)) throw error;
        failed = error.message;
        return null;
      }),
    );
    if (now !== null) {
      baseline ??= now;
      measured.splice(0, measured.length - MEASUREMENTS + 1);
      measured.push(now);
    }
    const found = await read('invariants', () => invariants.look({ model, state, config: state.config }));
    unread.push(...(found?.leftOut ?? []).map(name => `${name}: takes too long here, left to verify from now on`));
    const { application } = guard;
    const errorRate = application ? await read('application', () => readErrorRate(application, folder, target)) : null;
    const summed = () => limited(sql, guard.checkMilliseconds, tx => readBalances(tx, model));
    return {
      at: new Date().toISOString(),
      charges: charges?.charges ?? null,
      refusals: charges?.refusals ?? null,
      reversals: charges?.reversals ?? null,
      latency: now,
      baseline: baseline ?? null,
      errorRate,
      balances: balances ? await read('balances', summed) : null,
      unread,
      exceeded: [
        ...(failed === undefined ? [] : [`a charge fails: ${failed}`]),
        ...exceeded(guard, { charges, errorRate, baseline, latency: medianOf(measured) }),
        ...(found?.broken ?? []),
      ],
    };
  };
}

/** When the cutover was made that stands now. */
const cutoverOf = (state: State | undefined): number | undefined =>
  state?.applied.find(({ step }) => step === '090_cutover')?.finishedAt.getTime();

const limited = <T>(sql: Queryable, milliseconds: number, body: (tx: Queryable) => Promise<T>): Promise<T> =>
  inSnapshot(sql, async tx => {
    await tx`select set_config('statement_timeout', ${String(milliseconds)}, true)`;
    return body(tx);
  });

/** Undefined until there are enough. */
const medianOf = (values: readonly number[]): number | undefined =>
  values.length < MEASUREMENTS ? undefined : values.toSorted((a, b) => a - b)[Math.floor(MEASUREMENTS / 2)];
