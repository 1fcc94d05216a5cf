import { changesOf } from '../../config/changes.ts';
import { type Criterion, judge } from '../criterion.ts';

export const configuration: Criterion = {
  name: 'plan.configuration',
  claim: 'what was migrated so far can go on by this configuration, and is not paused',
  remedy: 'take the changes back, or roll back first; creditshift resume ends a pause',
  find: async ({ state, config }) => {
    if (!state) return judge([], [], 'nothing was migrated yet');
    return judge(
      [...changesOf(state.config, config).forbidden, ...(state.mode === 'maintenance' ? ['charging is paused'] : [])],
      [],
    );
  },
};
