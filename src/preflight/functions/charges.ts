import { chargeOnce } from '../../backup/charge.ts';
import { sqlstate } from '../../database/errors.ts';
import { type Criterion, judge } from '../criterion.ts';

/** Not the function's fault: a lock that was not had, the time, a server that takes no writes. */
const UNTRIED = ['55P03', '57014', '25006'];

export const charges: Criterion = {
  name: 'functions.legacy-charges',
  claim: 'the legacy function runs: called once, in a transaction that is rolled back, it charges',
  remedy: 'mend what the error says: a rollback puts this very function back',
  probes: true,
  find: async ({ sql, config, facts }) => {
    if (config.functions.consume.legacy === undefined) return judge([], [], 'no function charges today');
    const called = await chargeOnce(sql, config, facts).catch((error: Error) => {
      const state = sqlstate(error) ?? '';
      if (state === '' || UNTRIED.includes(state)) throw error;
      return `${error.message} (SQLSTATE ${state})`;
    });
    if (typeof called === 'string') return judge([called], []);
    if (called === null)
      throw new Error('no organization has a balance, or no action costs anything: nothing to charge');
    const { action, spent, answer } = called;
    if (Number(spent) > 0) return judge([], [], `${action} took ${spent}`);
    return judge([], [`${action} took nothing; it answered ${answer}`]);
  },
};
