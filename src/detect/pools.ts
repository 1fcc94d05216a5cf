import { wordsOf } from './words.ts';

/** Words that actions begin or end with and that say what is done, not with what. */
const VERBS = [
  'send',
  'sent',
  'bulk',
  'run',
  'generate',
  'generation',
  'message',
  'request',
  'call',
  'create',
  'get',
  'use',
].concat('chat', 'query', 'new', 'make', 'process', 'export', 'import', 'campaign', 'assistant', 'minute', 'page');

/** Pools that the names of the actions suggest: what several, or each, of them are about. Never more than a suggestion. */
export function poolsSuggestedBy(actions: readonly string[]): { pool: string; actions: string[] }[] {
  const pools = new Map<string, string[]>();
  for (const action of actions) {
    const words = wordsOf(action);
    const [pool = words[0]] = words.filter(word => !VERBS.includes(word));
    if (pool === undefined || !/^[a-z][a-z0-9]{0,30}$/.test(pool)) continue;
    pools.set(pool, [...(pools.get(pool) ?? []), action]);
  }
  return [...pools].map(([pool, of]) => ({ pool, actions: of }));
}
