import type { Selection } from '../../checks/run.ts';
import type { Progress } from '../../progress.ts';

/** Tells which check is being run. */
export const checking = (progress: Progress): Required<Pick<Selection, 'tell'>> => ({
  tell: ({ name }, done, total) => progress({ event: 'work', what: `checking ${name}`, done, total }),
});
