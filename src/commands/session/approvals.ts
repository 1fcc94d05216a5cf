import type { Config } from '../../config/schema.ts';
import type { Queryable } from '../../database/connect.ts';
import { counted } from '../../output/counted.ts';
import { Problem } from '../../problems.ts';
import { catalogBefore, hashesOf, planHash } from '../../rehearsal/hashes.ts';
import type { Context } from './context.ts';
import { withRecorded } from './run.ts';
import type { Session } from './session.ts';

/** Who vouched for a plan, as the journal has it. */
export interface Approval {
  of: 'migrate' | 'rollback';
  /** The plan's hash. */
  plan: string;
  by: string[];
}

/** Digits of a plan's hash that people see, and the fewest that an approval may name. */
export const SHORT = 12;
const LEAST = 8;

/** NAME, or NAME@HASH. What follows the @ of an e-mail address has a dot, which no hash has. */
const FORM = new RegExp(`^(?<name>.*?)(?:@(?<plan>[0-9a-f]{${LEAST},64}))?$`, 'u');

/** The hash of what migrate would do here by this configuration. */
export async function planOf(sql: Queryable, { facts }: Session, config: Config): Promise<string> {
  return planHash(hashesOf(config, facts, await catalogBefore(sql)));
}

/**
 * The approvals that a run has to record, when it has enough: those given now, and of the same plan those that the
 * journal has, where `resumed` says that they still count. None are asked for in a rehearsal.
 * @throws Problem USAGE for a name that is none, APPROVALS_MISSING where they are too few or of another plan
 */
export async function requireApprovals(
  context: Context,
  session: Session,
  of: Approval['of'],
  given: readonly string[] = [],
  resumed = false,
): Promise<Approval | undefined> {
  const named = given.map(approvalOf);
  const needed = session.config.approvals[of];
  if (context.rehearsal || (needed === 0 && named.length === 0)) return undefined;
  const { sql, config, state } = session;
  const plan = await planOf(sql, session, of === 'rollback' ? withRecorded(config, state) : config);
  const other = named.filter(approval => !plan.startsWith(approval.plan));
  const earlier = resumed ? await recordedApprovers(sql, plan) : [];
  const all = distinct([...earlier, ...named.map(approval => approval.name)]);
  if (other.length > 0 || all.length < needed) throw missing({ of, plan, by: all }, needed, other);
  const by = distinct(named.map(approval => approval.name));
  return by.length === 0 ? undefined : { of, plan, by };
}

/**
 * Counts who approved a rollback of a database that cannot be read: nothing tells its plan, or records the names.
 * @throws Problem USAGE, APPROVALS_MISSING
 */
export function requireApprovers({ approvals }: Config, given: readonly string[] = []): void {
  const by = distinct(given.map(text => approvalOf(text).name));
  if (by.length < approvals.rollback) throw missing({ of: 'rollback', plan: '', by }, approvals.rollback, []);
}

interface Named {
  name: string;
  /** First digits of the plan's hash; none where it vouches for the plan of now. */
  plan: string;
}

/** @throws Problem USAGE */
function approvalOf(text: string): Named {
  const { name = '', plan = '' } = FORM.exec(text.trim())?.groups ?? {};
  if (name.trim() !== '' && !/\p{C}/u.test(text)) return { name: name.trim(), plan };
  throw new Problem('USAGE', `${JSON.stringify(text)} is nobody’s name.`, {
    state: 'This run changed nothing.',
    next: 'name a person: --approved-by "Anna Rossi"',
  });
}

/** Each person once, however the name was typed. */
function distinct(names: readonly string[]): string[] {
  const alike = (name: string) => name.normalize('NFKC').replace(/\s+/g, ' ').toLowerCase();
  return [...new Map(names.map(name => [alike(name), name])).values()];
}

/** Who approved this plan of a migrate since the last rollback, which ends what was approved. */
async function recordedApprovers(sql: Queryable, plan: string): Promise<string[]> {
  const rows = await sql<{ name: string }[]>`
    select jsonb_array_elements_text(data -> 'by') as name from creditshift.journal
     where event = 'approval' and data ->> 'of' = 'migrate' and data ->> 'plan' = ${plan}
       and position > (select coalesce(max(position), 0) from creditshift.journal where event = 'rollback')
     order by position`;
  return rows.map(row => row.name);
}

function missing({ of, plan, by }: Approval, needed: number, other: readonly Named[]): Problem {
  const short = plan.slice(0, SHORT);
  const have = by.length === 0 ? 'none is' : `${by.length} ${by.length === 1 ? 'is' : 'are'}`;
  const message =
    other.length > 0
      ? `An approval is of another plan than this one, ${short}.`
      : `${of === 'migrate' ? 'This migrate' : 'This rollback'} needs ${counted(needed, 'approval')}; ${have} here.`;
  return new Problem('APPROVALS_MISSING', message, {
    state: 'This run changed nothing.',
    next: `creditshift ${of} --approved-by NAME for each who approved${plan && ` plan ${short}, which creditshift plan shows`}`,
    details: other.length > 0 ? other.map(a => `${a.name} approved ${a.plan}`) : by.map(name => `approved by ${name}`),
  });
}
