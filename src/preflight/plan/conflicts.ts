import { conflicts } from '../../allocation/conflicts.ts';
import { type Criterion, judge } from '../criterion.ts';

export const planConflicts: Criterion = {
  name: 'plan.conflicts',
  claim: 'the configuration decides who gets what, for every organization and action',
  remedy: 'decide each under assignments, policies or catalogue; creditshift plan shows what comes of it',
  find: async ({ sql, config, model }) => {
    const found = await conflicts(sql, config, model);
    const of = (severity: 'blocks' | 'report') =>
      found.filter(c => c.severity === severity).map(c => `${c.code}: ${c.message}`);
    return judge(of('blocks'), of('report'));
  },
};
