import type { Model } from '../../config/model.ts';
import { Problem, UNTOUCHED } from '../../problems.ts';

/** Credits that may be minted at most, of one pool, or of all together where it names none. */
interface Cap {
  pool?: Model['pools'][number];
  credits: bigint;
}

/** What may be minted at most. */
export interface Caps {
  /** @throws Problem CAP_EXCEEDED where more is minted than a cap allows; `minted` is in pool order */
  hold: (minted: readonly bigint[], state: string) => void;
}

/**
 * Reads caps like 5000, for all pools together, and sms=100.
 * @throws Problem USAGE
 */
export function capsOf(texts: readonly string[], { pools }: Model): Caps {
  const caps = texts.map((text): Cap => {
    const [, name, credits = ''] = /^(?:([^=]+)=)?(\d+)$/.exec(text) ?? [];
    const pool = pools.find(p => p.name === name);
    if (credits === '' || (name !== undefined && !pool)) throw slip(text, pools);
    return { ...(pool && { pool }), credits: BigInt(credits) };
  });
  return {
    hold: (minted, state) => {
      const over = caps.flatMap(({ pool, credits }) => {
        const sum = pool ? (minted[pool.position - 1] ?? 0n) : minted.reduce((a, b) => a + b, 0n);
        return sum > credits ? [`${pool ? pool.label : 'all pools'}: ${sum} minted, ${credits} allowed`] : [];
      });
      if (over.length > 0) throw exceeded(over, state);
    },
  };
}

const slip = (text: string, pools: Model['pools']) =>
  new Problem('USAGE', `--cap "${text}" is neither credits, like 5000, nor a pool's, like ${pools[0]?.name}=5000.`, {
    state: UNTOUCHED,
    next: `the pools are ${pools.map(p => p.name).join(', ')}`,
  });

const exceeded = (over: readonly string[], state: string) =>
  new Problem('CAP_EXCEEDED', `More would be minted than --cap allows: ${over.join('; ')}.`, {
    state,
    next: 'creditshift reallocate --dry-run   shows who gets what; then correct the plans, or raise --cap',
  });
