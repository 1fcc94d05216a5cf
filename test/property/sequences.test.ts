import fc from 'fast-check';
import { afterAll, beforeAll, test } from 'vitest';
import { sequences } from './actions.ts';
import { openWorld, type World } from './real.ts';

/**
 * A few with a fixed seed; `npm run torture` sets more, random ones, and the MINUTES they may take. SEED, RUN and REPLAY,
 * as a failure prints them, run one sequence again.
 */
const { SEQUENCES = '3', SEED = '20261121', MINUTES = '4', RUN = '', REPLAY = '' } = process.env;
const minutes = (count: number) => count * 60_000;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

test(
  `${SEQUENCES} sequences of charges, changes, crashes and rollbacks lose and double nothing`,
  async ({ annotate }) => {
    let ran = 0;
    const begun = fc.constantFrom(true, true, true, false);
    const sequence = fc.asyncProperty(begun, sequences(REPLAY), async (live, actions) => {
      const { real, model } = await world.open(live);
      ran += 1;
      await fc.asyncModelRun(() => ({ model, real }), actions);
    });
    const details = await fc.check(sequence, {
      numRuns: Number(SEQUENCES),
      ...(SEED !== 'random' && { seed: Number(SEED) }),
      ...(RUN && { path: RUN }),
      // The shortest failing sequence found by then is told.
      interruptAfterTimeLimit: minutes(Number(MINUTES)),
    });
    await annotate(`${ran} sequences, seed ${details.seed}`);
    if (details.failed) throw new Error(howToReplay(details), { cause: details.errorInstance });
    if (details.interrupted) throw new Error(`${MINUTES} minutes were enough for ${ran} sequences only; none failed`);
  },
  minutes(Number(MINUTES) + 1),
);

/** The shortest sequence found that fails, and how it is run again. */
function howToReplay(details: { seed: number; counterexamplePath: string | null; counterexample: unknown }): string {
  const { seed, counterexamplePath, counterexample } = details;
  const [live, actions] = counterexample as [boolean, unknown];
  const path = /replayPath="([^"]*)"/.exec(String(actions))?.[1] ?? '';
  return `From ${live ? 'a cut over' : 'an unmigrated'} database: ${actions}
again: SEED=${seed} RUN=${counterexamplePath} REPLAY='${path}' npx vitest run test/property`;
}
