import fc from 'fast-check';
import { expect } from 'vitest';
import { reallocate } from '../../src/commands/reallocate/reallocate.ts';
import { rollback } from '../../src/commands/rollback/rollback.ts';
import { verify } from '../../src/commands/verify.ts';
import { migrate } from '../support/guardian.ts';
import { examine } from './examine.ts';
import * as ledger from './ledger.ts';
import * as model from './model.ts';
import { insertOrganization, keyOf, type Real } from './real.ts';
import { type Act, expectGood, runOrCrash } from './resume.ts';
import { ACTIONS, POOLS } from './terms.ts';

type Command = fc.AsyncCommand<model.Model, Real>;

/** An action of a sequence: what it does to the database, what the model says of it, and the invariants after it. */
function action(
  text: string,
  possible: (m: model.Model) => boolean,
  act: (m: model.Model, real: Real) => Promise<unknown>,
): Command {
  return {
    check: possible,
    run: async (m, real) => {
      await act(m, real);
      await examine(m, real);
    },
    toString: () => text,
  };
}

const always = () => true;
const some = (m: model.Model) => model.living(m).length > 0;
const started = (m: model.Model) => m.applied > 0;

/** The n-th of those that live, around and around. */
const pick = (m: model.Model, n: number): string => {
  const ids = model.living(m).map(([id]) => id);
  return ids[n % ids.length] ?? '';
};

const charge = (n: number, name: string, quantity: number) =>
  action(`charge(${n}, ${name}, ${quantity})`, some, async (m, { sql }) => {
    const id = pick(m, n);
    const [row] =
      m.mode === 'live'
        ? await sql`select consume_credits_rpc(${id}, ${name}, ${quantity}) as answer`
        : await sql`select consume_credits_rpc(${id}, ${name}) as answer`;
    expect(row?.answer).toMatchObject(ledger.charge(m, id, name, quantity));
  });

/** What the functions beside charging answer; each call is made twice and has to count once. */
const expectTwice = async (call: () => PromiseLike<readonly { entry?: unknown }[]>, outcome: object) => {
  for (const _ of ['once', 'again']) {
    const answer = Promise.resolve(call()).then(([row]) => ({ entry: Number(row?.entry) }));
    await ('hint' in outcome
      ? expect(answer).rejects.toMatchObject(outcome)
      : expect(answer).resolves.toEqual(outcome));
  }
};
const live = (m: model.Model) => m.mode === 'live' && some(m);

/** The nth of its charges, or its first allocation, which is none. */
const reverse = (n: number, nth: number, quantity: number) =>
  action(`reverse(${n}, ${nth}, ${quantity})`, live, async (m, { sql }) => {
    const id = pick(m, n);
    const { charges, entries } = model.organizationOf(m, id);
    const entry = charges[nth % charges.length]?.entry ?? 1;
    const key = `reversal after ${entries}`;
    const outcome = ledger.reverse(m, id, entry, quantity);
    await expectTwice(() => sql`select reverse_credits(${id}, ${entry}, ${quantity}, ${key}) as entry`, outcome);
  });

const pay = (n: number, pool: number, credits: number, reference: string) =>
  action(`pay(${n}, ${pool}, ${credits}, ${reference})`, live, async (m, { sql }) => {
    const id = pick(m, n);
    const outcome = ledger.pay(m, id, pool, credits, reference);
    const name = POOLS[pool] ?? '';
    await expectTwice(() => sql`select top_up_credits(${id}, ${name}, ${credits}, ${reference}) as entry`, outcome);
  });

const reset = (n: number, period: string) =>
  action(`reset(${n}, ${period})`, live, async (m, { sql }) => {
    const id = pick(m, n);
    const outcome = ledger.reset(m, id, period);
    await expectTwice(() => sql`select reset_cycle(${id}, ${period}) as entry`, outcome);
  });

const topUp = (n: number, amount: number) =>
  action(`topUp(${n}, ${amount})`, some, async (m, { sql }) => {
    const id = pick(m, n);
    await sql`update organization_credits set credits_remaining = credits_remaining + ${amount} where organization_id = ${id}`;
    model.topUp(m, id, amount);
  });

const changePlan = (n: number, plan: string) =>
  action(`changePlan(${n}, ${plan})`, some, async (m, { sql }) => {
    const id = pick(m, n);
    await sql`update organization_credits set plan_name = ${plan} where organization_id = ${id}`;
    model.changePlan(m, id, plan);
  });

/** Of a key that is free: a new one, or one that was deleted. */
const create = (n: number, plan: string, balance: number) =>
  action(
    `create(${n}, ${plan}, ${balance})`,
    m => !m.organizations.get(keyOf(n))?.alive,
    async (m, { sql }) => {
      await insertOrganization(sql, keyOf(n), plan, balance);
      model.create(m, keyOf(n), plan, balance);
    },
  );

const remove = (n: number) =>
  action(`remove(${n})`, some, async (m, { sql }) => {
    const id = pick(m, n);
    await sql`delete from organization_credits where organization_id = ${id}`;
    model.remove(m, id);
  });

const verified = () => action('verify', always, async (_, { context }) => expectGood(await verify(context)));

const migrated = (to: (typeof model.STEPS)[number]): Act => ({
  text: `migrate(${to})`,
  possible: always,
  run: context => migrate(context, { to }),
  outcomes: m => [model.after(m, n => model.migrate(n, to))],
});

const reallocated: Act = {
  text: 'reallocate',
  possible: m => model.has(m, '060_allocate'),
  run: context => reallocate(context),
  outcomes: m => [model.after(m, model.reallocate)],
};

const disabled: Act = {
  text: 'disable',
  possible: m => m.mode === 'live',
  run: context => rollback(context, { method: 'disable' }),
  outcomes: m => [model.after(m, model.disable)],
};

const dropped: Act = {
  text: 'drop',
  possible: started,
  run: context => rollback(context, { method: 'drop' }),
  outcomes: m => [model.after(m, model.disable), model.after(m, model.drop)],
};

const restored = (balances: 'backup' | 'current'): Act => ({
  text: `restore(${balances})`,
  possible: started,
  run: (context, { before }) => rollback(context, { method: 'restore', from: before.folder, balances }),
  outcomes: (m, { before }) => {
    const values = model.after(m, n => model.restoreValues(n, before.balances, balances));
    return [model.after(m, model.disable), values, model.after(values, model.drop)];
  },
});

/** Without being told which to believe: refused where the two differ, and nothing is changed. */
const restoredUndecided = () =>
  action('restore', started, async (m, { context, before }) => {
    const differing = m.restored ? [] : model.differing(m, before.balances);
    const run = rollback(context, { method: 'restore', from: before.folder });
    if (differing.length > 0) return expect(run).rejects.toMatchObject({ code: 'BALANCES_DIFFER' });
    expectGood(await run);
    model.drop(m);
  });

const command = (act: Act, crash?: { at: number; sent: boolean }) =>
  action(crash ? `crash(${act.text}, ${crash.at}, ${crash.sent})` : act.text, act.possible, (m, real) =>
    runOrCrash(act, m, real, crash),
  );

const n = fc.nat({ max: 6 });
const names = fc.constantFrom(...Object.keys(ACTIONS));
const plans = fc.constantFrom('tiny', 'starter', 'premium', 'carry', 'custom', 'free');
const acts: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(migrated('090_cutover')) },
  { weight: 1, arbitrary: fc.constantFrom(...model.STEPS).map(migrated) },
  { weight: 2, arbitrary: fc.constant(reallocated) },
  { weight: 3, arbitrary: fc.constant(disabled) },
  { weight: 1, arbitrary: fc.constant(dropped) },
  { weight: 1, arbitrary: fc.constantFrom('backup' as const, 'current' as const).map(restored) },
);

/** Few are charged often: a settlement done twice shows only where one is charged again after it. */
const charged = fc.nat({ max: 2 });
const references = fc.constantFrom('invoice 1', 'invoice 2', 'invoice 3');
const periods = fc.constantFrom('2026-12-01', '2027-01-01', '2027-02-01');
const quantities = fc.integer({ min: 1, max: 4 });
const forward = { ...migrated('090_cutover'), possible: (m: model.Model) => m.mode !== 'live' };
const oftener = <T>(times: number, arbitrary: T): T[] => Array.from({ length: times }, () => arbitrary);

/** Lists of actions; `replayPath` is what a failed run printed. */
export const sequences = (replayPath: string) =>
  fc.commands(
    [
      ...oftener(
        5,
        fc.tuple(charged, names, quantities).map(a => charge(...a)),
      ),
      fc.tuple(n, names, quantities).map(a => charge(...a)),
      fc.tuple(n, fc.constant('whatsapp_message'), fc.constant(5000)).map(a => charge(...a)),
      ...oftener(
        2,
        fc.tuple(charged, fc.nat({ max: 4 }), fc.integer({ min: 1, max: 3 })).map(a => reverse(...a)),
      ),
      fc.tuple(charged, fc.nat({ max: 3 }), fc.integer({ min: 1, max: 9 }), references).map(a => pay(...a)),
      fc.tuple(charged, periods).map(a => reset(...a)),
      fc.tuple(n, fc.integer({ min: 1, max: 50 })).map(a => topUp(...a)),
      fc.tuple(n, plans).map(a => changePlan(...a)),
      fc.tuple(n, plans, fc.nat({ max: 60 })).map(a => create(...a)),
      n.map(remove),
      fc.constant(undefined).map(verified),
      fc.constant(undefined).map(restoredUndecided),
      ...oftener(
        3,
        fc.constant(forward).map(act => command(act)),
      ),
      ...oftener(
        3,
        fc.constant(disabled).map(act => command(act)),
      ),
      acts.map(act => command(act)),
      fc
        .tuple(acts, fc.integer({ min: 1, max: 250 }), fc.boolean())
        .map(([act, at, sent]) => command(act, { at, sent })),
    ],
    { maxCommands: 40, size: 'max', ...(replayPath && { replayPath }) },
  );
