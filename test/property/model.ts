import { ASSIGNED, entitlement, isSplit, PLANS, POOLS } from './terms.ts';

/** Steps of a migrate in their order, without those that run by name only. */
export const STEPS = [
  '010_control',
  '015_pricing',
  '020_expand_balances',
  '030_expand_actions',
  '040_expand_log',
  '050_functions',
  '055_triggers',
  '060_allocate',
  '070_validate',
  '080_index',
  '090_cutover',
] as const;
type StepName = (typeof STEPS)[number];

/** One organization's balance row, and what the ledger has to say of its key. */
export interface Organization {
  /** False once its rows were deleted. */
  alive: boolean;
  /** The plan column. */
  plan: string;
  total: number;
  remaining: number;
  /** Per pool, with what of the total its plan did not give; null before its first allocation. */
  pools: { available: number; total: number; extra: number }[] | null;
  /** Plan of the last allocation. */
  allocated: string | null;
  /** Old code wrote the balance after the last allocation. */
  written: boolean;
  /** Entries of its key: allocations and charges. */
  entries: number;
  /** Those of them that are allocations. */
  allocations: number;
  /** It was charged in the pools, or paid for, in this life or an earlier one. */
  charged: boolean;
  /** Charges of this life, and how much of their quantity is not reversed. */
  charges: { entry: number; action: string; left: number }[];
  /** Entry numbers by the beginning of the cycle. */
  cycles: Record<string, number>;
  /** By reference. */
  payments: Record<string, { entry: number; pool: number; credits: number }>;
  /** Legacy credits of charges, less reversals and payments, since the last settlement. */
  unsettled: number;
  /** Legacy credits that settlements have carried over. */
  settled: number;
  /** What of that the balance could not pay. */
  shortfall: number;
  /** Legacy credits that all entries of its key come to, less what went with a deletion. */
  owed: number;
}

/** A log row, in the order of their making. */
export interface Call {
  organization: string;
  action: string;
  quantity: number;
  success: boolean;
}

/** What the database has to be. Plain values: cloned with structuredClone. */
export interface Model {
  organizations: Map<string, Organization>;
  calls: Call[];
  /** How many of STEPS are applied. */
  applied: number;
  mode: 'legacy' | 'live' | 'disabled';
  /** Which values an interrupted restore has set; undefined where none was interrupted. */
  restored: 'backup' | 'current' | undefined;
}

/** Legacy values by organization, when the backup was taken. */
export type Backup = ReadonlyMap<string, { total: number; remaining: number }>;

/** The model after an effect; the one given stays. */
export function after(model: Model, effect: (copy: Model) => void): Model {
  const copy = structuredClone(model);
  effect(copy);
  return copy;
}

export const has = ({ applied }: Model, step: StepName): boolean => applied > STEPS.indexOf(step);

export const organizationOf = (model: Model, id: string): Organization => {
  const organization = model.organizations.get(id);
  if (!organization) throw new Error(`no organization ${id}`);
  return organization;
};

export const living = ({ organizations }: Model): [string, Organization][] =>
  [...organizations].filter(([, { alive }]) => alive);

/** The plan by the rules; null is skipped. */
const planOf = (id: string, { plan }: Organization): string | null => ASSIGNED[id] ?? (plan in PLANS ? plan : null);

/** Old code writes the balance. */
export function topUp(model: Model, id: string, amount: number): void {
  const organization = organizationOf(model, id);
  organization.remaining += amount;
  organization.written = true;
}

export function changePlan(model: Model, id: string, plan: string): void {
  organizationOf(model, id).plan = plan;
}

const unknown = (): Organization => ({
  alive: false,
  plan: '',
  total: 0,
  remaining: 0,
  pools: null,
  allocated: null,
  written: false,
  entries: 0,
  allocations: 0,
  charged: false,
  charges: [],
  cycles: {},
  payments: {},
  unsettled: 0,
  settled: 0,
  shortfall: 0,
  owed: 0,
});

/** A row of a new key, or of one that was deleted. */
export function create(model: Model, id: string, plan: string, balance: number): void {
  const organization = model.organizations.get(id) ?? unknown();
  model.organizations.set(id, organization);
  Object.assign(organization, { alive: true, plan, total: balance, remaining: balance });
  const due = planOf(id, organization);
  if (has(model, '055_triggers') && due) allocate(organization, due, false);
}

/** What was never charged or paid for leaves nothing; else the rest is forfeited by a last entry, and what is unsettled stays so. */
export function remove(model: Model, id: string): void {
  const organization = organizationOf(model, id);
  if (!organization.charged) {
    model.organizations.set(id, unknown());
    return;
  }
  const { entries, allocations, owed, unsettled, settled, cycles, payments } = organization;
  const kept = { entries: entries + 1, allocations: allocations + 1, charged: true, settled, cycles, payments };
  model.organizations.set(id, { ...unknown(), ...kept, owed: owed - unsettled });
}

function allocate(organization: Organization, plan: string, keepUsage: boolean): void {
  const before = organization.pools ?? POOLS.map(() => ({ available: 0, total: 0, extra: 0 }));
  organization.pools = entitlement(plan, organization).map((credits, pool) => {
    const { available = 0, total = 0, extra: had = 0 } = before[pool] ?? {};
    // The plan's credits are spent before the extra ones.
    const extra = Math.min(had, available);
    const used = keepUsage ? total - had - (available - extra) : 0;
    return { total: credits + extra, available: Math.max(0, credits - used) + extra, extra };
  });
  const { entries, allocations } = organization;
  Object.assign(organization, { allocated: plan, written: false, entries: entries + 1, allocations: allocations + 1 });
}

/** Applies the steps up to and with the one named; applied ones stay. */
export function migrate(model: Model, to: StepName): void {
  const before = model.applied;
  model.applied = Math.max(before, STEPS.indexOf(to) + 1);
  const passes = (step: StepName) => before <= STEPS.indexOf(step) && has(model, step);
  const due = living(model).map(([id, organization]) => ({ organization, plan: planOf(id, organization) }));
  for (const { organization, plan } of due) {
    if (passes('060_allocate') && plan && organization.entries === 0) allocate(organization, plan, false);
    if (!passes('090_cutover') || !plan) continue;
    const changed = plan !== organization.allocated;
    if (changed || (isSplit(plan) && basisWritten(organization, plan))) allocate(organization, plan, !isSplit(plan));
  }
  if (passes('090_cutover')) Object.assign(model, { mode: 'live', restored: undefined });
}

/** Only the balance is ever written here, never the total. */
const basisWritten = ({ written }: Organization, plan: string): boolean => {
  const terms = PLANS[plan];
  return written && terms !== undefined && 'of' in terms && terms.of === 'remaining';
};

/** Everyone whose plan, or its credits, are not those of the last allocation. */
export function reallocate(model: Model): void {
  for (const [id, organization] of living(model)) {
    const plan = planOf(id, organization);
    if (!plan) continue;
    const same = entitlement(plan, organization).every((credits, i) => {
      const { total = 0, extra = 0 } = organization.pools?.[i] ?? {};
      return organization.pools && total - extra === credits;
    });
    if (plan !== organization.allocated || !(same || isSplit(plan))) allocate(organization, plan, true);
  }
}

/** Entries go to the legacy balance, once, and never take it below zero; what it could not pay is paid off first later. */
export function disable(model: Model): void {
  for (const [, organization] of living(model)) {
    const { remaining, unsettled, shortfall } = organization;
    const paidOff = Math.max(0, Math.min(-unsettled, shortfall));
    const cost = unsettled + paidOff;
    organization.remaining = less(remaining, cost);
    organization.shortfall += organization.remaining - (remaining - cost) - paidOff;
    organization.settled += unsettled;
    organization.unsettled = 0;
  }
  if (model.mode === 'live') Object.assign(model, { mode: 'disabled', applied: model.applied - 1 });
}

const less = (balance: number, cost: number): number => Math.max(Math.min(balance, 0), balance - cost);

/** What a restore of the backup makes of the legacy values; undefined where there is nothing to set. */
const valuesOf = (backup: Backup, id: string, { alive, owed }: Organization) => {
  const kept = backup.get(id);
  return alive && kept ? { total: kept.total, remaining: less(kept.remaining, owed) } : undefined;
};

/** Organizations whose legacy values, once settled, are not those of backup and charges. */
export function differing(model: Model, backup: Backup): string[] {
  return living(after(model, disable)).flatMap(([id, organization]) => {
    const values = valuesOf(backup, id, organization);
    const same = values?.total === organization.total && values.remaining === organization.remaining;
    return !values || same ? [] : [id];
  });
}

/** Settles, and sets the legacy values where the backup is to be believed. */
export function restoreValues(model: Model, backup: Backup, believe: 'backup' | 'current'): void {
  const interrupted = model.restored === believe;
  disable(model);
  if (believe === 'backup' && !interrupted) {
    for (const [id, organization] of living(model)) {
      const values = valuesOf(backup, id, organization);
      const shortfall = values && values.remaining - ((backup.get(id)?.remaining ?? 0) - organization.owed);
      Object.assign(organization, values, { shortfall: shortfall ?? organization.shortfall });
    }
  }
  model.restored = believe;
}

/** Nothing of the toolkit is left, but for log rows. */
export function drop(model: Model): void {
  disable(model);
  Object.assign(model, { applied: 0, mode: 'legacy', restored: undefined });
  for (const [id, organization] of model.organizations) {
    const { alive, plan, total, remaining } = organization;
    model.organizations.set(id, { ...unknown(), alive, plan, total, remaining });
  }
}
