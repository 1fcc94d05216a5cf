import type { Topic } from '../explain/topic.ts';

/** What explain knows by a name, loaded only where a completion script is made. */
const named =
  (...kinds: readonly Topic['kind'][]) =>
  async (): Promise<readonly string[]> =>
    (await import('../commands/explain.ts')).namesOf(...kinds);

export const STEP_NAMES = named('step');
export const CHECK_NAMES = named('check');
export const TOPIC_NAMES = named('problem', 'answer', 'finding', 'criterion', 'check', 'step');
