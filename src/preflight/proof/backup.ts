import { Problem } from '../../problems.ts';
import { type Criterion, judge } from '../criterion.ts';

export const backup: Criterion = {
  name: 'proof.backup',
  claim: 'there is a backup that was proved by a restore and is not older than backup.maxAge',
  remedy: 'creditshift backup --prove',
  find: async ({ state, evidence }) => {
    if (state) return judge([], [], 'the migration has begun: it goes on without');
    try {
      return judge([], [], await evidence.backup());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      return judge([error.message, ...error.details], []);
    }
  },
};
