import { z } from 'zod';
import { name, table } from './pricing.ts';

/** Said of a table that the database lacks: the toolkit makes it, and takes it away with a drop. */
const create = z.literal(true).describe('The database has no such table: the toolkit makes it.');

/** Columns of a price list that the toolkit makes, unless the configuration says other names. */
export const PRICE_LIST = { action: 'action_type', cost: 'legacy_cost', description: 'description' } as const;

/** Columns of a log that the toolkit makes, unless the configuration says other names. */
export const LOG = {
  owner: 'organization_id',
  action: 'action_type',
  consumed: 'credits_consumed',
  before: 'balance_before',
  after: 'balance_after',
  outcome: 'outcome',
  user: 'user_id',
  metadata: 'metadata',
  at: 'created_at',
} as const;

/** Section `actions`: the price list, found or to be made. */
export const actionsSchema = z.union([
  z.strictObject({
    table,
    action: name,
    cost: name.describe('Legacy cost of one unit.'),
    description: name.optional(),
  }),
  z.strictObject({
    table,
    create,
    action: name.default(PRICE_LIST.action),
    cost: name.default(PRICE_LIST.cost).describe('Legacy cost of one unit.'),
    description: name.default(PRICE_LIST.description),
  }),
]);

/** Section `log`, found or to be made. */
export const logSchema = z.union([
  z.strictObject({
    table,
    owner: name,
    action: name,
    consumed: name,
    before: name,
    after: name,
    outcome: name,
    user: name,
    metadata: name,
    at: name,
  }),
  z.strictObject({
    table,
    create,
    owner: name.default(LOG.owner),
    action: name.default(LOG.action),
    consumed: name.default(LOG.consumed),
    before: name.default(LOG.before),
    after: name.default(LOG.after),
    outcome: name.default(LOG.outcome),
    user: name.default(LOG.user),
    metadata: name.default(LOG.metadata),
    at: name.default(LOG.at),
  }),
]);

/** Section `legacyLog`: where it was noted what organizations consumed, if that is not the log. */
export const legacyLogSchema = z.strictObject({
  table,
  owner: name,
  action: name,
  consumed: name.describe('Legacy credits.'),
  at: name,
});

/** Section `functions.consume` as the rest of the program sees it. */
export interface ConsumeConfig {
  /** What callers call, `schema.name`: the legacy function's name where there is one. */
  name: string;
  /** With its types; absent where no function charges before the cutover. */
  legacy?: string;
  otherOverloads: string[];
  organization: string;
  action: string;
  quantity?: string | undefined;
  answer: 'documented' | 'compatible';
}

const answer = z.enum(['documented', 'compatible']).default('documented');

/** Section `functions.consume`: the legacy function, or what the new one is called where there is none. */
export const consumeSchema = z.union([
  z
    .strictObject({
      legacy: z.string().describe('The function callers use today: schema.name(type, type).'),
      otherOverloads: z.array(z.string()).default([]).describe('Further overloads of that name; set aside with it.'),
      organization: name.describe('Its parameter for the organization.'),
      action: name.describe('Its parameter for the action.'),
      quantity: name.optional().describe('Its parameter for the quantity, if it has one; else p_quantity is added.'),
      answer,
    })
    .transform((consume): ConsumeConfig => ({ ...consume, name: consume.legacy.replace(/\(.*$/s, '').trim() })),
  z
    .strictObject({
      name: table.describe('No function charges today: the new one gets this name, schema.name.'),
      answer,
    })
    .transform(
      (consume): ConsumeConfig => ({
        ...consume,
        otherOverloads: [],
        organization: 'p_organization_id',
        action: 'p_action_type',
      }),
    ),
]);

/** Whether a table is one that the toolkit makes. */
export const isMade = (section: { table: string }): boolean => 'create' in section;
