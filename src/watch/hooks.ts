import type { Hook, HookName } from '../config/hooks.ts';
import type { Config } from '../config/schema.ts';
import type { Target } from '../database/connect.ts';
import { passwordsOf } from '../database/libpq/resolve.ts';
import { mask } from '../output/mask.ts';
import { Problem, RESUMABLE } from '../problems.ts';
import { journal, type Run } from '../steps/run.ts';
import { runChild } from './child.ts';

/** Characters of a hook's output that are shown. What is kept is more: a password cut in half would not be found. */
const SHOWN = 4000;

/** What a hook needs to know of its run, besides the event. */
export interface Setting {
  command: string;
  database: string;
  target: Target;
  /** Where hooks run. */
  folder: string;
}

/** The configured hooks of one run: one at a time, in the order of their events. */
export interface Hooks {
  /** Begins a hook, if there is one; a failure is told and journalled, no more. */
  fire: (hook: HookName, facts?: object) => Promise<void>;
  /** @throws Problem HOOK_FAILED when there is one and it fails */
  require: (hook: HookName, facts?: object) => Promise<void>;
  /** Ends when all that were begun have ended. */
  settled: () => Promise<void>;
}

export function openHooks(run: Run, setting: Setting, hooks: Config['hooks']): Hooks {
  let last: Promise<unknown> = Promise.resolve();
  const begin = (name: HookName, facts: object): Promise<boolean> => {
    const hook = hooks[name];
    if (!hook) return Promise.resolve(true);
    const ended = last.then(() => runHook(run, setting, name, hook, facts));
    last = ended;
    return ended;
  };
  return {
    fire: async (name, facts = {}) => {
      await begin(name, facts);
    },
    require: async (name, facts = {}) => {
      if (!(await begin(name, facts))) throw failed(name);
    },
    settled: async () => {
      await last;
    },
  };
}

/** Runs one hook with its event as JSON on stdin; true when it ended with 0 in time. */
async function runHook(
  run: Run,
  { command, database, target, folder }: Setting,
  name: HookName,
  hook: Hook,
  facts: object,
): Promise<boolean> {
  const event = { event: name, at: new Date().toISOString(), database, run: run.id, command, ...facts };
  const where = { folder, environment: target.environment, timeout: hook.timeout * 1000 };
  const { exit, timedOut, milliseconds, output } = await runChild(hook.run, `${JSON.stringify(event)}\n`, where);
  const done = exit === 0 && !timedOut;
  const said = hide(output, target).slice(-SHOWN);
  run.progress({ event: 'hook', hook: name, exit, milliseconds, timedOut, output: said });
  const fact = { hook: name, exit, timedOut, milliseconds, ...(!done && { output: said }) };
  // After `drop` there is no journal, after a lost connection no database.
  await journal(run.sql, run, 'hook', fact).catch(() => {});
  return done;
}

/** What a hook wrote, without the passwords that this program was given. */
function hide(text: string, target: Target): string {
  const inUrl = /:\/\/[^:/@]*:([^@]*)@/.exec(target.url ?? '')?.[1] ?? '';
  const secrets = [inUrl, decode(inUrl), target.environment.PGPASSWORD ?? '', ...passwordsOf(target)];
  return secrets.filter(secret => secret !== '').reduce((rest, secret) => rest.replaceAll(secret, '***'), mask(text));
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const failed = (hook: HookName) =>
  new Problem('HOOK_FAILED', `The ${hook} hook failed, so there was no cutover.`, {
    state: `${RESUMABLE} The legacy function is live.`,
    next: 'correct what the hook says above; then creditshift migrate goes on with it',
  });
