import { isDeepStrictEqual } from 'node:util';
import type { Config } from './schema.ts';

/** How today's configuration differs from the one that was applied. */
export interface Changes {
  addedPools: string[];
  /** One line a difference that a revision can apply. */
  lines: string[];
  /** Differences that would need another migration: refused. */
  forbidden: string[];
}

/** Sections that describe the database as it was found; they cannot change under an applied migration. */
const FIXED = ['layout', 'tenants', 'balances', 'actions', 'log', 'indexes'] as const;
/** Sections that a revision applies. Costs, expectations and batch sizes are read from the file each time. */
const REVISED = ['pools', 'catalogue', 'plans'] as const;

export function changesOf(applied: Config, wanted: Config): Changes {
  const lines: string[] = [];
  const forbidden: string[] = FIXED.filter(key => !isDeepStrictEqual(applied[key], wanted[key])).map(
    key => `${key}: describes the database that was migrated and cannot change`,
  );
  if (!isDeepStrictEqual(applied.functions, wanted.functions)) {
    const answerOnly = {
      ...applied.functions,
      consume: { ...applied.functions.consume, answer: wanted.functions.consume.answer },
    };
    if (isDeepStrictEqual(answerOnly, wanted.functions))
      lines.push(`functions.consume.answer: ${wanted.functions.consume.answer}`);
    else forbidden.push('functions: callers and signature are fixed at the cutover; roll back, change, migrate again');
  }
  for (const key of REVISED) {
    const [was, is]: Record<string, unknown>[] = [applied[key], wanted[key]];
    for (const name of Object.keys(is ?? {})) {
      if (!(name in (was ?? {}))) lines.push(`${key}.${name}: new`);
      else if (!isDeepStrictEqual(was?.[name], is?.[name])) lines.push(`${key}.${name}: changed`);
    }
    for (const name of Object.keys(was ?? {}).filter(name => !(name in (is ?? {})))) {
      if (key === 'catalogue') lines.push(`catalogue.${name}: no longer priced here; its row keeps its price`);
      else forbidden.push(`${key}.${name}: is never removed${key === 'pools' ? '; set enabled: false' : ''}`);
    }
  }
  for (const key of ['assignments', 'policies'] as const) {
    if (!isDeepStrictEqual(applied[key], wanted[key])) lines.push(`${key}: changed`);
  }
  if (
    !isDeepStrictEqual(
      Object.keys(wanted.pools).slice(0, Object.keys(applied.pools).length),
      Object.keys(applied.pools),
    )
  ) {
    forbidden.push('pools: the order of the existing pools is fixed; add new ones at the end');
  }
  const addedPools = Object.keys(wanted.pools).filter(pool => !(pool in applied.pools));
  return { addedPools, lines, forbidden };
}
