import { readSpent } from './charged.ts';
import { type MarginTable, marginTables } from './margin-tables.ts';
import { type OrganizationMargin, readOrganizationMargins } from './organization-margins.ts';
import { readPlanTotals, SHOWN } from './organizations.ts';
import { readPlans, readPools } from './pricing.ts';
import { readMoment, type Source } from './source.ts';

/** What the margin report is told besides the database. */
export interface MarginTold {
  version: string;
  /** The state in words: cut over, disabled, … */
  standing: string;
  /** Name of the CSV with all organizations, where there is one. */
  csv: string | null;
}

export type MarginData = Awaited<ReturnType<typeof readMargin>>;

/** Data of reports/margin.md: what each plan, pool and organization earns, and what would hold the target. */
export async function readMargin(source: Source, told: MarginTold) {
  const { config, state, model } = source;
  const [pools, plans] = [await readPools(source), await readPlans(source)];
  const totals = await readPlanTotals(source);
  const facts = { pools, plans, totals, spent: await readSpent(source), poolMax: model.poolMax.text };
  const tables: (MarginTable & { organizations: OrganizationMargin[] })[] = [];
  for (const table of marginTables(config.costs, facts)) {
    tables.push({ ...table, organizations: await organizationsOf(source, table.name) });
  }
  return {
    ...(await readMoment(source)),
    ...told,
    mode: state.mode,
    revision: state.revision,
    pools,
    currency: config.costs?.currency ?? null,
    targets: config.costs?.targets ?? null,
    margins: tables,
    organizationCount: totals.reduce((sum, row) => sum + row.organizations, 0),
    shown: SHOWN,
  };
}

async function organizationsOf(source: Source, table: string): Promise<OrganizationMargin[]> {
  const { costs } = source.config;
  const perCredit = costs?.tables[table]?.perCredit;
  if (!costs || !perCredit) return [];
  return readOrganizationMargins(source, perCredit, costs.targets.plan);
}
