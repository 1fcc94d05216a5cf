import { type Criterion, judge } from '../criterion.ts';

export const baseline: Criterion = {
  name: 'proof.baseline',
  claim: 'what the database is like before its migration is recorded, to compare with afterwards',
  remedy: 'creditshift baseline, in an hour as busy as usual; not any more once the migration has begun',
  find: async ({ sql, state, evidence }) => {
    const [taken] = state
      ? await sql<{ at: string }[]>`
          select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as at from creditshift.baseline
           where subject = 'performance'`
      : [];
    if (taken) return judge([], [], `at ${taken.at}, in the database`);
    const { found, against } = await evidence.baseline();
    return judge([], against, found);
  },
};
