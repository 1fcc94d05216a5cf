import { type Criterion, judge } from '../criterion.ts';

export const rehearsal: Criterion = {
  name: 'proof.rehearsal',
  claim: 'dry-run rehearsed this schema, this configuration and this SQL',
  remedy: 'creditshift dry-run, of this database or a dump of it',
  find: async ({ evidence }) => {
    const { found, against } = await evidence.rehearsal();
    return judge([], against, found);
  },
};
