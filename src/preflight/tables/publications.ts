import { columnsToCome } from '../../followers/columns.ts';
import { publicationLines } from '../../followers/publications.ts';
import { type Criterion, judge } from '../criterion.ts';

export const publications: Criterion = {
  name: 'tables.publications',
  claim: 'no subscriber meets new columns of the credit tables that it does not have, and none misses them',
  remedy: 'add the columns on the subscriber before migrate, as the line says; a column list decides what is sent',
  find: async ({ sql, model, state }) => judge([], await publicationLines(sql, columnsToCome(model, state))),
};
