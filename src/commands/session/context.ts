import type { Target } from '../../database/connect.ts';
import type { Progress } from '../../progress.ts';

/** Everything of the outside world a command may use. Commands read no environment and print nothing. */
export interface Context {
  /** Folder that relative paths and the default folders start from. */
  folder: string;
  target: Target;
  /** Path of the configuration file. */
  configPath: string;
  progress: Progress;
  /** Asks before a destructive action; false means no. Never asks without a terminal unless --yes answers. */
  confirm: (question: string) => Promise<boolean>;
  /** Asks for one of the choices, or another answer; undefined where nobody answers: only a terminal is asked, without --yes. */
  ask: (question: string, choices: readonly string[]) => Promise<string | undefined>;
  /** --yes was given: nobody is there to read, so `expect:` in the configuration is checked. */
  unattended: boolean;
  /** The database is a throw-away one: hooks are not run, and no rehearsal is asked for. */
  rehearsal?: boolean;
  /** True once the user asked to stop (Ctrl-C, SIGTERM), or the time is up. */
  stopping: () => boolean;
  /** When the time is up, by performance.now(); never when absent. */
  deadline?: number;
}
