import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import type { Sql } from '../../src/database/connect.ts';
import { guardianYaml } from '../support/guardian.ts';

/** A row of a golden table: cells by their column's title; an empty one is absent. */
export type Row = Record<string, string | undefined>;
export type Keyed = Row & { key: string; file?: string };
type Section = Record<string, unknown>;

export const POOLS = ['ai', 'whatsapp', 'email', 'sms'] as const;
/** Tables of who gets what; plan-changes.md is one of what becomes of it. */
const FILES = ['grant', 'split', 'usage', 'carry', 'overrides', 'rules'] as const;

/** The rows of a file's table, and the configuration above it. */
export function golden(file: string): { rows: Row[]; config: Record<string, Section> } {
  const text = readFileSync(join(import.meta.dirname, 'golden', `${file}.md`), 'utf8');
  const [head = [], , ...lines] = text.split('\n').flatMap(line => {
    const cells = /^\|(.*)\|$/.exec(line)?.[1]?.split('|');
    return cells ? [cells.map(cell => cell.trim())] : [];
  });
  const rows = lines.map(cells => Object.fromEntries(head.map((title, i) => [title, cells[i] || undefined])));
  return { rows, config: parse(/```yaml\n(.*?)```/s.exec(text)?.[1] ?? '') ?? {} };
}

/** Every row with its organization's key, and one configuration for all: a name stands for the key of its row. */
export function goldenWorld(): { rows: Keyed[]; yaml: string } {
  const config = parse(guardianYaml);
  config.plans = {};
  config.assignments = { organizations: {}, overrides: {}, values: {} };
  // Generated from integers: a balance with a fraction cannot be.
  config.balances.legacy.others = [];
  const all = FILES.flatMap((file, f) => {
    const { rows, config: part } = golden(file);
    const keyed = rows.map((row, r): Keyed => ({ ...row, file, key: keyOf(f, r) }));
    const byKey = (named: object = {}) =>
      Object.fromEntries(
        Object.entries(named).map(([name, value]) => [keyed.find(r => r.organization === name)?.key ?? name, value]),
      );
    const { organizations, overrides, values, ...others } = part.assignments ?? {};
    Object.assign(config.plans, part.plans);
    Object.assign(config.catalogue, part.catalogue);
    Object.assign(config.policies, part.policies);
    Object.assign(config.assignments, others);
    Object.assign(config.assignments.organizations, byKey(organizations as object));
    Object.assign(config.assignments.overrides, byKey(overrides as object));
    Object.assign(config.assignments.values, values);
    return keyed;
  });
  return { rows: all, yaml: JSON.stringify(config) };
}

const keyOf = (file: number, row: number) =>
  `00000000-0000-0000-${String(file + 1).padStart(4, '0')}-${String(row + 1).padStart(12, '0')}`;

/** Guardian without its organizations, with balances that have fractions or are null. */
export async function emptyGuardian(sql: Sql): Promise<void> {
  await sql.unsafe(`
    truncate profiles, organization_credits, organizations cascade;
    alter table organization_credits drop column remaining_credits;
    alter table organization_credits alter total_credits type numeric, alter total_credits drop not null,
                                     alter credits_remaining type numeric, alter plan_name drop default;
    alter table credit_consumption_logs alter credits_consumed type numeric`);
}

/** Inserts an organization as a row says, with its log. */
export async function insertRow(sql: Sql, row: Keyed): Promise<void> {
  const { key, organization = '', plan = null, total = null, remaining = null, active, trial, log } = row;
  await sql`insert into organizations (id, name, slug) values (${key}, ${organization}, ${key})`;
  for (const entry of log?.split(', ') ?? []) {
    const [action = '', consumed = '', beside = ''] = entry.split(' ');
    const days = /^\d+d$/.test(beside) ? Number.parseInt(beside, 10) : 0;
    await sql`insert into credit_consumption_logs (organization_id, action_type, credits_consumed, outcome, created_at)
              values (${key}, ${action}, ${consumed}::numeric, ${days || !beside ? 'success' : beside}, now() - make_interval(days => ${days}))`;
  }
  await sql`insert into organization_credits (organization_id, plan_name, total_credits, credits_remaining, is_active, is_trial)
            values (${key}, ${plan}, ${total}::numeric, ${remaining}::numeric, ${active !== 'no'}, ${trial === 'yes'})`;
}
