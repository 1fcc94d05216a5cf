import { Problem, UNTOUCHED } from '../../problems.ts';

/** A setting of the connection that is wrong, or that the driver cannot keep: named, and never its value where that may be secret. */
export const fault = (message: string, next: string): Problem =>
  new Problem('CANNOT_CONNECT', message, { state: UNTOUCHED, next });
