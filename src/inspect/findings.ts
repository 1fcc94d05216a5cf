import type { ConflictCode } from '../allocation/conflicts.ts';
import type { Inspection } from './read.ts';

/** What an inspection tells besides conflicts. */
export const REMARKS = [
  'BALANCES_DISAGREE',
  'ODD_BALANCES',
  'NEW_ACTION',
  'OPEN_POLICY',
  'PUBLIC_FUNCTION',
  'LOOSE_SEARCH_PATH',
  'DUPLICATE_INDEX',
  'INVALID_INDEX',
] as const;

/** Something worth a look before a migration; what blocks one comes from the conflicts. */
export interface Finding {
  severity: 'blocks' | 'report';
  code: ConflictCode | (typeof REMARKS)[number];
  message: string;
}

/** What stands out in an inspection: conflicts first, then numbers, then access, then structure. */
export function findingsOf(inspection: Inspection): Finding[] {
  const report = (code: Finding['code'], message: string): Finding => ({ severity: 'report', code, message });
  const { balances, actions, policies, indexes } = inspection;
  // What is set aside cannot be reached: nobody has the schema.
  const functions = inspection.functions.filter(f => !f.function.startsWith('creditshift_aside.'));
  return [
    ...inspection.conflicts.map(({ severity, code, message }) => ({ severity, code, message })),
    ...(balances?.disagreements ?? [])
      .filter(d => d.count > 0)
      .map(d => report('BALANCES_DISAGREE', `${d.column} differs from ${balances?.column} in ${d.count} rows`)),
    ...(['null', 'negative'] as const)
      .filter(kind => (balances?.oddities[kind] ?? 0) > 0)
      .map(kind =>
        report('ODD_BALANCES', `${balances?.oddities[kind]} balances are ${kind}; a split counts them as 0`),
      ),
    ...actions.notInPriceList.map(a => report('NEW_ACTION', `${a} is in the catalogue only; the migration adds it`)),
    ...policies
      .filter(p => p.opening !== null)
      .map(p => report('OPEN_POLICY', `policy ${p.policy} on ${p.table} is ${OPENING[p.opening ?? 'true']}`)),
    ...functions
      .filter(f => f.execute.includes('PUBLIC'))
      .map(f => report('PUBLIC_FUNCTION', `PUBLIC may execute ${f.function}`)),
    ...functions
      .filter(f => f.securityDefiner && f.searchPath === null)
      .map(f => report('LOOSE_SEARCH_PATH', `${f.function} is security definer without a search_path`)),
    ...indexes
      .filter(i => i.duplicateOf !== null)
      .map(i => report('DUPLICATE_INDEX', `index ${i.index} on ${i.table} duplicates ${i.duplicateOf}`)),
    ...indexes.filter(i => !i.valid).map(i => report('INVALID_INDEX', `index ${i.index} on ${i.table} is not valid`)),
  ];
}

const OPENING = {
  true: 'true: it lets every row through',
  'role only': 'role-only: it looks at who asks, not at whose row it is',
};
