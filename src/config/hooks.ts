import { z } from 'zod';

/** The moments of a run at which a program of the user's may be run. */
const HOOKS = ['start', 'progress', 'before-cutover', 'after-cutover', 'after-rollback', 'overdue', 'failed'] as const;
export type HookName = (typeof HOOKS)[number];

const hook = z.strictObject({
  run: z
    .array(z.string().min(1))
    .min(1)
    .describe('Program and its arguments, run without a shell; it gets the event as JSON on stdin.'),
  timeout: z.number().positive().max(86_400).default(60).describe('Seconds, after which it is ended and has failed.'),
});
export type Hook = z.output<typeof hook>;

/** Section `hooks` of the configuration. */
export const hooksSchema = z
  .partialRecord(z.enum(HOOKS), hook)
  .default({})
  .describe('Programs of yours at moments of a run; before-cutover stops the cutover when it fails.');
