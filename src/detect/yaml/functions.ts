import { MARK } from '../../config/marks.ts';
import type { Detected } from '../detect.ts';
import { beside, comment, entry, inline, scalar } from './text.ts';

/** The section on functions: which one charges, who may call it, and for whom. */
export function functionsSection({ consume, roles, caller }: Detected): string[] {
  const { legacy, organization, action, quantity, otherOverloads, notes } = consume;
  const kept = legacy && [
    ...entry('    ', 'legacy', legacy),
    ...(otherOverloads.length > 0
      ? [beside(`    otherOverloads: [${otherOverloads.map(scalar).join(', ')}]`, 'set aside with it')]
      : []),
    ...entry('    ', 'organization', organization),
    ...entry('    ', 'action', action),
    ...(quantity === undefined ? [] : [`    quantity: ${scalar(quantity)}`]),
  ];
  const made = [
    beside(
      `    name: ${scalar(consume.name)}`,
      'no function here can be kept as the one that charges: this one is made',
    ),
  ];
  const list = (names: readonly string[]) => `[${names.map(scalar).join(', ')}]`;
  const { membership, claim } = caller;
  return [
    'functions:',
    '  consume:',
    ...notes.flatMap(note => comment(note, '    ')),
    ...(kept ?? made),
    beside('    answer: documented', legacy ? 'compatible adds the keys of the legacy answer' : ''),
    ...roles.notes.flatMap(note => comment(note, '  ')),
    beside(`  execute: ${list(roles.execute)}`, roles.because),
    beside(`  actForAll: ${roles.line.value === undefined ? MARK : list(roles.actForAll)}`, roles.line.because),
    beside('  caller:', 'who may spend for an organization'),
    membership
      ? `    membership: ${inline([
          ['table', scalar(membership.table)],
          ['user', scalar(membership.user)],
          ['organization', scalar(membership.organization)],
          ['claim', 'sub'],
        ])}`
      : beside(`    claim: ${claim.value === undefined ? MARK : scalar(claim.value)}`, claim.because),
  ];
}
