import Big from 'big.js';
import type { Model } from '../config/model.ts';
import type { Config } from '../config/schema.ts';
import type { Preview } from './preview.ts';

/** How often an action can be paid for; null where nothing limits it. */
export type Times = bigint | null;

/** An action that an organization's pools pay for less often than its legacy balance did, were it spent on nothing else. */
export interface Loss {
  organization: string;
  name: string | null;
  action: string;
  legacy: Times;
  pools: Times;
}

/** Who can buy less than before. */
export interface SpendingPower {
  /** Organizations that lose with at least one action. */
  losing: number;
  /** Per action that anybody loses with: how many do, and who loses most. */
  actions: { action: string; organizations: number; most: Loss }[];
  /** The organizations that lose the greatest share, each with the action it loses most with. */
  first: Loss[];
}

/** What one unit of an action takes: of the legacy balance in units of its last digit, 0 where it is free; of each pool. */
interface Price {
  action: string;
  /** Index of the digits after the point of the legacy cost. */
  scale: number;
  legacy: bigint;
  pools: bigint[];
}

/** Combinations of credits that are worth remembering; under a split each organization has its own. */
const REMEMBERED = 1000;

/** Collects losses over any number of organizations; memory holds the first `keep` and one an action. */
export class SpendingLosses {
  readonly #prices: Price[];
  /** Digits after the point that legacy costs have. */
  readonly #scales: number[];
  /** Of the same credits in pools, as all of one plan have them under a grant. */
  #times = new Map<string, Times[]>();
  readonly #unlimited: bigint;
  readonly #keep: number;
  readonly #actions = new Map<string, { organizations: number; most: Loss }>();
  #losing = 0;
  #first: Loss[] = [];

  /** @param costs actions of the price list with their exact legacy cost; a cost of null or 0 makes an action free */
  constructor(costs: readonly { action: string; cost: string | null }[], config: Config, model: Model, keep = 20) {
    this.#unlimited = BigInt(model.poolMax.text);
    this.#keep = keep;
    const digits = (cost: string | null) => cost?.split('.')[1]?.length ?? 0;
    this.#scales = [...new Set(costs.map(({ cost }) => digits(cost)))];
    this.#prices = costs.map(({ action, cost }) => {
      const pools = model.pools.map(pool => BigInt(config.catalogue[action]?.pools[pool.name] ?? 0));
      return { action, scale: this.#scales.indexOf(digits(cost)), legacy: scaled(cost, digits(cost)), pools };
    });
  }

  add({ organization, name, legacy: balance, pools }: Preview): void {
    let worst: Loss | undefined;
    const times = this.#timesOf(pools);
    const scales = this.#scales.map(scale => scaled(balance, scale));
    for (const [index, price] of this.#prices.entries()) {
      const legacy = price.legacy > 0n ? (scales[price.scale] ?? 0n) / price.legacy : null;
      const after = times[index] ?? null;
      if (after === null || (legacy !== null && after >= legacy)) continue;
      const loss = { organization, name, action: price.action, legacy, pools: after };
      const of = this.#actions.get(price.action);
      this.#actions.set(price.action, {
        organizations: (of?.organizations ?? 0) + 1,
        most: of && lost(of.most) >= lost(loss) ? of.most : loss,
      });
      if (!worst || share(loss) > share(worst)) worst = loss;
    }
    if (!worst) return;
    this.#losing += 1;
    this.#first.push(worst);
    if (this.#first.length >= 2 * this.#keep) this.#trim();
  }

  result(): SpendingPower {
    this.#trim();
    const actions = [...this.#actions].map(([action, of]) => ({ action, ...of }));
    return { losing: this.#losing, actions, first: this.#first };
  }

  #trim(): void {
    this.#first = this.#first.sort((a, b) => share(b) - share(a)).slice(0, this.#keep);
  }

  #timesOf(credits: readonly bigint[]): Times[] {
    const key = credits.join();
    const known = this.#times.get(key);
    if (known) return known;
    const times = this.#prices.map(price => this.#timesFor(price, credits));
    if (this.#times.size >= REMEMBERED) this.#times = new Map();
    this.#times.set(key, times);
    return times;
  }

  /** No pool that pays means never: the action answers UNPRICED_ACTION. */
  #timesFor({ pools: required }: Price, credits: readonly bigint[]): Times {
    let least: Times | undefined;
    for (const [index, need] of required.entries()) {
      if (need === 0n) continue;
      const has = credits[index] ?? 0n;
      const times = has === this.#unlimited ? null : has / need;
      if (least === undefined || least === null || (times !== null && times < least)) least = times;
    }
    return least === undefined ? 0n : least;
  }
}

/** What is lost, as a share of what there was, beyond all of it where that was unlimited; for the order only. */
const share = ({ legacy, pools }: Loss): number =>
  legacy === null ? 2 : Number(legacy - (pools ?? 0n)) / Number(legacy);

/** How many times less; for the order only. */
const lost = ({ legacy, pools }: Loss): number =>
  legacy === null ? Number.POSITIVE_INFINITY : Number(legacy - (pools ?? 0n));

/** An amount in units of 10^-scale, smaller ones cut off, which changes no whole quotient; what is no number is 0. */
function scaled(amount: string | null, scale: number): bigint {
  if (amount === null || amount.startsWith('-') || /[a-df-z]/i.test(amount)) return 0n;
  const [whole = '', fraction = ''] = (amount.includes('e') ? new Big(amount).toFixed() : amount).split('.');
  return BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'));
}
