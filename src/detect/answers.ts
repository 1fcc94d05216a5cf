import { poolName } from '../config/pricing.ts';
import type { Detected } from './detect.ts';
import type { Choose } from './found.ts';
import { poolsSuggestedBy } from './pools.ts';
import type { Action } from './prices.ts';

/** Credits of each pool, as the user typed them; undefined where the question was left open. */
export type Credits = [pool: string, credits: number][] | undefined;

/** What no catalog knows: the pools, what an action charges of them, and what a plan gives. */
export interface Answers {
  pools: string[];
  /** Those that were found, or typed where none was; with the cost that was typed where none was found. */
  actions: Action[];
  charges: Map<string, Credits>;
  grants: Map<string, Credits>;
  /** Value of the plan column that is another in case only → plan or skip. */
  spellings: Map<string, string>;
  /** The plan of organizations without one, or skip. */
  none: string | undefined;
}

/** Asks for what only the owner of the product decides. Without pools nothing further can be asked. */
export async function askProduct(choose: Choose, { actions, plans }: Detected, names: readonly string[]) {
  const answers: Answers = {
    pools: await askPools(choose, actions),
    actions,
    charges: new Map(),
    grants: new Map(),
    spellings: new Map(),
    none: undefined,
  };
  const { pools } = answers;
  if (pools.length === 0) return answers;
  answers.actions = await askActions(choose, actions);
  for (const { action } of answers.actions) {
    const typed = await choose(`What does one ${action} charge, as in ${pools[0]} 1:`, []);
    answers.charges.set(action, creditsOf(typed, pools));
  }
  for (const plan of names) {
    const typed = await choose(
      `What does plan ${plan} give, as in ${pools.map(pool => `${pool} 100`).join(', ')}:`,
      [],
    );
    answers.grants.set(plan, creditsOf(typed, pools));
  }
  const planOrSkip = async (question: string, first: string | undefined) => {
    const choices = [...new Set([...(first === undefined ? [] : [first]), ...names, 'skip'])];
    const typed = await choose(question, choices);
    return typed !== undefined && choices.includes(typed) ? typed : undefined;
  };
  for (const { value, count, like } of plans.spellings) {
    const plan = await planOrSkip(
      `Which plan is ${value}, in ${count} rows, which differs from ${like} in case:`,
      like,
    );
    if (plan !== undefined) answers.spellings.set(value, plan);
  }
  if (plans.none > 0) answers.none = await planOrSkip(`Which plan have the ${plans.none} rows without one:`, undefined);
  return answers;
}

async function askPools(choose: Choose, actions: readonly Action[]): Promise<string[]> {
  const suggested = poolsSuggestedBy(actions.map(({ action }) => action)).map(({ pool }) => pool);
  const question = 'Which pools shall there be, as in ai, email, sms; the order decides which shortage is named first:';
  const typed = await choose(question, suggested.length > 0 ? [suggested.join(', ')] : []);
  const names = namesOf(typed);
  return names.every(name => poolName.safeParse(name).success) ? names : [];
}

async function askActions(choose: Choose, found: readonly Action[]): Promise<Action[]> {
  const actions: Action[] =
    found.length > 0
      ? found.map(action => ({ ...action }))
      : namesOf(await choose('Which actions do callers charge for, as in ai_chat, email_send:', [])).map(action => ({
          action,
          cost: null,
          calls: undefined,
        }));
  for (const action of actions.filter(({ cost }) => cost === null)) {
    const typed = await choose(`What does one ${action.action} cost today, in credits of the unified balance:`, []);
    action.cost = /^\d{1,9}(\.\d{1,6})?$/.test(typed ?? '') ? (typed ?? null) : null;
  }
  return actions;
}

const namesOf = (typed: string | undefined): string[] => [
  ...new Set((typed ?? '').split(/[\s,]+/).filter(name => name !== '')),
];

/** `ai 1, email 10` as pairs; undefined unless it is all pools and whole numbers. */
export function creditsOf(typed: string | undefined, pools: readonly string[]): Credits {
  const parts = (typed ?? '').split(',').map(part => /^\s*(\S+)\s+(\d{1,9})\s*$/.exec(part));
  const credits = parts.map(part => [part?.[1] ?? '', Number(part?.[2])] as [string, number]);
  return credits.every(([pool, amount]) => pools.includes(pool) && Number.isInteger(amount)) ? credits : undefined;
}
