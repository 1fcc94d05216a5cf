import { columnsToCome } from '../../followers/columns.ts';
import { rowTypeLines } from '../../followers/row-types.ts';
import { type Criterion, judge } from '../criterion.ts';

export const rowTypes: Criterion = {
  name: 'tables.row-types',
  claim: 'no function or view of yours holds whole rows of the credit tables, which get columns',
  remedy: 'name the columns, or make sure that whoever reads or builds a row does not count them',
  find: async ({ sql, model, state }) => judge([], await rowTypeLines(sql, columnsToCome(model, state))),
};
