import type { Config } from '../config/schema.ts';
import type { Progress, ProgressEvent } from '../progress.ts';
import { PARTS } from '../steps/parts.ts';
import type { Hooks } from './hooks.ts';

/** Per cent of the organizations at which the progress hook is begun. */
const MARKS = [25, 50, 75];
/** A step is overdue when it takes longer than this share of its planned time. */
const OVERDUE = 1.5;
/** The longest that a timer of Node.js waits, in milliseconds. */
const LONGEST = 2 ** 31 - 1;

/** Begins the progress and overdue hooks by what the run tells. */
export interface Watched {
  show: Progress;
  close: () => void;
}

/**
 * `progress`: a mark was passed; of several at once the last is told. `overdue`: a step that `expected:` plans a time for
 * takes longer than 150 % of it; once a step. Neither is waited for.
 */
export function watchRun(hooks: Hooks, expected: Config['expected'], show: Progress): Watched {
  let told = 0;
  let timer: NodeJS.Timeout | undefined;
  const close = () => clearTimeout(timer);
  const watch = (event: ProgressEvent) => {
    if (event.event === 'step') {
      close();
      const minutes = plannedFor(event.step, expected);
      if (minutes === undefined) return;
      const facts = { step: event.step, expectedMinutes: minutes };
      timer = setTimeout(() => void hooks.fire('overdue', facts), Math.min(minutes * 60_000 * OVERDUE, LONGEST));
      timer.unref();
    } else if (event.event === 'done') {
      close();
    } else if (event.event === 'rows') {
      const { rows, total, perSecond, secondsLeft, step } = event;
      const mark = MARKS.findLast(at => (100 * rows) / Math.max(total, 1) >= at) ?? 0;
      if (mark <= told) return;
      told = mark;
      void hooks.fire('progress', { step, percent: mark, rows, total, perSecond, secondsLeft });
    }
  };
  return {
    show: event => {
      show(event);
      watch(event);
    },
    close,
  };
}

function plannedFor(step: string, expected: Config['expected']): number | undefined {
  const part = (Object.keys(PARTS) as (keyof typeof PARTS)[]).find(key => PARTS[key] === step);
  return part && expected[part];
}
