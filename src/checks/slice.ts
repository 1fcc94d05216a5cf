import { quoteLiteral } from '../config/names.ts';
import type { Subject } from './check.ts';

/** Organizations by their keys, as text: after one, up to and with another; null is open. */
export interface Slice {
  after: string | null;
  upto: string | null;
}

/** The condition that a column of owner's keys lies in the subject's slice; rows without a key are in the last. */
export function inSlice({ slice, model }: Pick<Subject, 'slice' | 'model'>, column: string): string {
  if (!slice) return 'true';
  const after = slice.after === null ? 'true' : `${column} > ${quoteLiteral(slice.after)}::${model.key}`;
  if (slice.upto !== null) return `(${after} and ${column} <= ${quoteLiteral(slice.upto)}::${model.key})`;
  return slice.after === null ? 'true' : `(${after} or ${column} is null)`;
}
