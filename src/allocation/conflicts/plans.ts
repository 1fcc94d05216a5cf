import { quoteIdentifier } from '../../config/names.ts';
import { type Conflict, LISTED, organizations, type Question } from './conflict.ts';
import { assignedKeys } from './keys.ts';

/** Values of the plan column that no rule decides, where neither an assignment nor an allocation has decided already. */
export async function planConflicts(question: Question): Promise<Conflict[]> {
  const { rules } = question;
  const unknown = question.config.assignments.unknown;
  const undecided = await undecidedValues(question);
  return undecided.flatMap(({ value, ...touched }): Conflict[] => {
    if (value === '') {
      const message = `${have(touched.count)} no plan; say in assignments.none which one they get, or skip`;
      return [{ code: 'NO_PLAN', severity: 'blocks', value: null, ...touched, message }];
    }
    const alike = [...rules.keys()].find(known => known !== '' && known.toLowerCase() === value.toLowerCase());
    if (alike !== undefined) {
      const severity = unknown === undefined ? 'blocks' : 'report';
      const decided =
        unknown === undefined ? 'map it in assignments.values' : `assignments.unknown makes it ${unknown}`;
      const message = `${have(touched.count)} plan "${value}", which differs from ${alike} only in case; ${decided}`;
      return [{ code: 'PLAN_CASE', severity, value, ...touched, message }];
    }
    if (unknown !== undefined) return [];
    const message = `${have(touched.count)} the unknown plan "${value}"; map it in assignments.values, or say assignments.unknown`;
    return [{ code: 'UNKNOWN_PLAN', severity: 'blocks', value, ...touched, message }];
  });
}

const have = (count: number) => organizations(count, 'has', 'have');

interface ValueRow {
  value: string;
  count: number;
  organizations: string[];
}

async function undecidedValues(question: Question): Promise<ValueRow[]> {
  const { tx, config, model, rules } = question;
  const owner = `b.${quoteIdentifier(model.balances.owner)}`;
  const { value, active, trial } = model.rule;
  const [there] = await tx<{ there: boolean }[]>`select to_regclass('creditshift.allocations') is not null as there`;
  const unallocated = there?.there
    ? `and not exists (select from creditshift.allocations as a where a.organization = ${owner} and a.kind = 'migration')`
    : '';
  return tx.unsafe<ValueRow[]>(
    `with undecided as (
       select coalesce(${value}, '') as value, ${owner} as organization
         from ${model.balances.table} as b
        where coalesce(${value}, '') <> all ($1::text[])
          and not ${owner} = any ($2::text[]::${model.key}[])
          and (${active} is not false or $3::text = 'allocate')
          and (${trial} is not true or $4::text = 'allocate')
          ${unallocated}
     ), placed as (
       select *, row_number() over (partition by value order by organization) as place from undecided
     )
     select value, count(*) as count,
            json_agg(organization::text order by place) filter (where place <= ${LISTED}) as organizations
       from placed group by value order by value`,
    [[...rules.keys()], assignedKeys(question).keys, config.policies.inactive, config.policies.trial],
  );
}
