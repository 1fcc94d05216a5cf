import { MARK } from '../../config/marks.ts';
import type { Answers, Credits } from '../answers.ts';
import type { Detected } from '../detect.ts';
import { poolsSuggestedBy } from '../pools.ts';
import type { Action } from '../prices.ts';
import { beside, comment, entry, inline, scalar } from './text.ts';

/** Sections on what it shall have: pools, catalogue, plans, assignments. */
export function productSections(detected: Detected, answers: Answers, plans: readonly string[]): string[] {
  return [
    ...pools(answers),
    '',
    ...catalogue(detected, answers),
    '',
    ...comment('A value of the plan column that shall have no pools: remove its line here, and say VALUE: skip under'),
    ...comment('assignments.values.'),
    'plans:',
    ...plans.map(plan => planLine(detected, plan, answers.grants.get(plan), answers.pools)),
    '',
    ...assignments(detected, answers, plans),
  ];
}

function pools({ pools: named, actions }: Answers): string[] {
  if (named.length > 0) return ['pools:', ...named.map(pool => `  ${pool}: {}`)];
  const suggested = poolsSuggestedBy(actions.map(({ action }) => action));
  const width = Math.max(0, ...suggested.map(({ pool }) => pool.length));
  return [
    beside(`pools: ${MARK}`, 'which pools? A line each, as NAME: {}; the order decides which shortage is named first'),
    ...(suggested.length > 0 ? ['  # The names of the actions suggest:'] : []),
    ...suggested.map(({ pool, actions: of }) => `  # ${`${pool}:`.padEnd(width + 1)} {}   # ${of.join(', ')}`),
  ];
}

function catalogue({ prices, log, partial }: Detected, { actions, charges }: Answers): string[] {
  if (actions.length === 0) {
    const example = '{ ACTION: { legacyCost: 1, pools: { POOL: 1 } } }';
    return [beside(`catalogue: ${MARK}`, `what do callers charge for? No price list and no log says it: ${example}`)];
  }
  const counted = log?.item ?? partial;
  const source = counted ? `, and how often ${counted.table.name} has it` : '';
  return [
    ...comment(`What one unit charges; of several pools, all or nothing. Beside it: what it costs today${source}.`),
    'catalogue:',
    ...actions.map(action => actionLine(action, charges.get(action.action), prices?.item.table.name)),
  ];
}

function actionLine({ action, cost, calls }: Action, credits: Credits, priceList: string | undefined): string {
  const value = inline([
    ['legacyCost', cost ?? MARK],
    ['pools', credits ? creditsText(credits) : MARK],
  ]);
  const facts = [
    cost === null ? 'what does it cost today?' : `${cost} today`,
    ...(priceList !== undefined && cost === null ? [`not in ${priceList}`] : []),
    ...(calls === undefined ? [] : [`${calls} times`]),
    ...(credits ? [] : ['which pool pays? { POOL: CREDITS }']),
  ];
  return beside(`  ${scalar(action)}: ${value}`, facts.join(', '));
}

const creditsText = (credits: NonNullable<Credits>) => inline(credits.map(([pool, amount]) => [pool, String(amount)]));

function planLine({ plans }: Detected, plan: string, credits: Credits, pools: readonly string[]): string {
  const value = credits ? inline([['grant', creditsText(credits)]]) : MARK;
  const count = plans.values.find(row => row.value === plan)?.count;
  const who = count === undefined ? 'everybody' : `rows: ${count}`;
  const example = inline((pools.length > 0 ? pools : ['POOL']).map(pool => [pool, '100']));
  const question = `; gives what? { grant: ${example} }, or { split: { of: remaining, weights: { POOL: 1 } } }`;
  return beside(`  ${scalar(plan)}: ${value}`, credits ? who : who + question);
}

function assignments({ plans }: Detected, answers: Answers, names: readonly string[]): string[] {
  const unnamed = plans.column === undefined;
  const decided = [
    ...(plans.spellings.length > 0 ? ['  values:'] : []),
    ...plans.spellings.flatMap(({ value, count, like }) =>
      entry('    ', scalar(value), {
        value: answers.spellings.get(value),
        because: `rows: ${count}; differs from ${like} in case: ${like}, or skip?`,
      }),
    ),
    ...(plans.none > 0 || unnamed
      ? entry('  ', 'none', {
          value: unnamed ? names[0] : answers.none,
          because: unnamed ? 'no column says which plan' : `rows without a plan: ${plans.none}; a plan, or skip?`,
        })
      : []),
  ];
  return [
    decided.length > 0 ? 'assignments:' : '# assignments:',
    ...decided,
    beside('  # organizations: { KEY: PLAN }', 'wins over the column'),
    beside('  # unknown: skip', 'any other value of the plan column; a conflict until said'),
  ];
}
