import { AFTERWARDS } from './commands/afterwards.ts';
import { CUT_OVER } from './commands/cut-over.ts';
import { EVIDENCE } from './commands/evidence.ts';
import { GO_BACK } from './commands/go-back.ts';
import { PREPARE } from './commands/prepare.ts';
import { SEE_IT_WORK } from './commands/see-it-work.ts';
import type { CommandEntry } from './entry.ts';

/** Every command, in the order of a migration. Adding one costs its file and an entry at its moment. */
export const COMMANDS: readonly CommandEntry[] = [
  ...PREPARE,
  ...CUT_OVER,
  ...GO_BACK,
  ...EVIDENCE,
  ...AFTERWARDS,
  ...SEE_IT_WORK,
];
