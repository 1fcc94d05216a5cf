import type { Check } from '../check.ts';
import { listed, notJudged } from '../violations.ts';
import { updatesSinceCutover } from './updates.ts';

/** Updates from which their share says something. */
const ENOUGH = 1000;
/** Without an index on what a charge changes, and with the fillfactor of the migration, it is 99 % and more. */
const LEAST = 0.5;

export const hotUpdates: Check = {
  name: 'performance.hot-updates',
  claim: 'most updates of the balance table since the cutover were HOT: they wrote no index',
  why: 'an update that writes indexes is several times dearer, and bloats them',
  remedy:
    'DROP INDEX CONCURRENTLY what is on available credits, last_sequence or last_updated; VACUUM, so that pages have room',
  severity: 'warning',
  states: ['cut over', 'contracted'],
  async find({ sql, model }) {
    const since = await updatesSinceCutover(sql, model);
    if (typeof since === 'string') return notJudged(since);
    const { updates, hotUpdates } = since;
    if (updates < ENOUGH) return notJudged(`${updates} updates since the cutover; from ${ENOUGH} on`);
    const share = `${Math.round((100 * hotUpdates) / updates)} % of ${updates} updates were HOT`;
    return listed(hotUpdates < LEAST * updates ? [share] : []);
  },
};
