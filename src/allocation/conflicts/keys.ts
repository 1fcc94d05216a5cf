import type { Question } from './conflict.ts';

const SHAPES: Record<string, RegExp> = {
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  smallint: /^-?\d{1,5}$/,
  integer: /^-?\d{1,10}$/,
  bigint: /^-?\d{1,19}$/,
};

/** Keys under assignments, and those of them that cannot be keys of this database's type. */
export function assignedKeys(
  { config, model }: Question,
  section: 'organizations' | 'overrides' = 'organizations',
): { keys: string[]; malformed: string[] } {
  const shape = SHAPES[model.key.text] ?? /^/;
  const all = Object.keys(config.assignments[section]);
  return { keys: all.filter(key => shape.test(key)), malformed: all.filter(key => !shape.test(key)) };
}
