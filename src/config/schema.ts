import { z } from 'zod';
import { actionsSchema, consumeSchema, legacyLogSchema, logSchema } from './found-or-made.ts';
import { guardSchema } from './guard.ts';
import { hooksSchema } from './hooks.ts';
import { action, costTable, name, perPool, plan, pool, poolCredits, poolName, table } from './pricing.ts';
import { privacySchema } from './privacy.ts';

/** Of the configuration's form; a later program may have a later one. */
export const VERSION = 1;

/** The configuration file, version 1. Its JSON Schema is generated from this. */
export const configSchema = z.strictObject({
  $schema: z.string().optional(),
  version: z.literal(VERSION),
  layout: z
    .enum(['available-total', 'allocated-used'])
    .describe(
      'Columns of a pool: {pool}_credits_available and {pool}_credits_total, or {pool}_credits and {pool}_used_credits.',
    ),
  expect: z
    .strictObject({ database: z.string(), systemIdentifier: z.string().regex(/^\d+$/).optional() })
    .optional()
    .describe('Unattended destructive actions run only on this database.'),
  tenants: z.strictObject({
    table,
    key: name,
    name: name.describe('Column that reports call an organization by.'),
  }),
  balances: z.strictObject({
    table,
    owner: name.describe('Column that holds the organization’s key; unique.'),
    plan: name.optional().describe('Column with the plan’s name.'),
    active: z
      .union([name, z.strictObject({ column: name, values: z.array(z.string()).min(1) })])
      .optional()
      .describe(
        'Boolean column, or a column and the values that mean active; policies.inactive decides on the others.',
      ),
    trial: name.optional().describe('Boolean column; policies.trial decides on true.'),
    poolType: z.enum(['integer', 'bigint']).default('integer'),
    legacy: z
      .strictObject({
        balance: name
          .optional()
          .describe(
            'The column that is the balance: settlement changes this one and no other. Without it: total − used.',
          ),
        total: name.optional(),
        used: name.optional().describe('Without a balance, settlement changes this one and no other.'),
        others: z
          .array(name)
          .default([])
          .describe('Further columns that claim to be the balance; compared and reported.'),
      })
      .refine(
        legacy => legacy.balance !== undefined || (legacy.total !== undefined && legacy.used !== undefined),
        'needs balance, or total and used',
      ),
  }),
  actions: actionsSchema.describe('The price list.'),
  log: logSchema.describe('What every charge leaves.'),
  legacyLog: legacyLogSchema.optional().describe('What plans with usage read, where it is not the log.'),
  functions: z.strictObject({
    consume: consumeSchema,
    execute: z.array(name).describe('Roles that may call the functions.'),
    actForAll: z.array(name).default([]).describe('Roles that may act for every organization.'),
    caller: z.union([
      z.strictObject({
        membership: z.strictObject({ table, user: name, organization: name, claim: z.string().default('sub') }),
      }),
      z.strictObject({ claim: z.string().describe('Claim of request.jwt.claims with the organization’s key.') }),
    ]),
    acceptDependents: z
      .array(z.string())
      .default([])
      .describe('Views, policies … that keep charging the legacy balance.'),
  }),
  pools: z.record(poolName, pool).refine(p => Object.keys(p).length > 0, 'needs at least one pool'),
  catalogue: z.record(z.string(), action).describe('Every action and what it charges.'),
  plans: z.record(z.string(), plan),
  assignments: z
    .strictObject({
      organizations: z.record(z.string(), z.string()).default({}).describe('Organization’s key → plan or skip; wins.'),
      overrides: z
        .record(z.string(), perPool(poolCredits))
        .default({})
        .describe('Organization’s key → credits of pools, in place of what its plan gives.'),
      values: z.record(z.string(), z.string()).default({}).describe('Value of the plan column → plan or skip.'),
      none: z.string().optional().describe('Plan, or skip, of an organization whose plan is null or empty.'),
      unknown: z.string().optional().describe('Plan, or skip, for any other value.'),
    })
    .prefault({}),
  policies: z
    .strictObject({
      inactive: z.enum(['allocate', 'skip']).default('allocate'),
      trial: z.enum(['allocate', 'skip']).default('allocate'),
      withoutCredits: z.enum(['report', 'create', 'refuse']).default('report'),
      orphans: z.enum(['report', 'refuse']).default('report'),
      downgrade: z.enum(['clamp', 'refuse', 'defer']).default('clamp'),
      shortfall: z.enum(['clamp', 'refuse']).default('clamp'),
      lateWrites: z
        .enum(['allow', 'record', 'refuse'])
        .default('record')
        .describe(
          'A write to the legacy balance after the cutover: let through and not reported, shown by verify, or refused with an error.',
        ),
    })
    .prefault({}),
  costs: z
    .strictObject({
      currency: z.string().default('EUR'),
      default: z.string(),
      tables: z.record(z.string(), costTable),
      targets: z
        .strictObject({ plan: z.number().max(100), overall: z.number().max(100) })
        .prefault({ plan: 70, overall: 82 }),
    })
    .optional(),
  indexes: z
    .enum(['default', 'documented'])
    .default('default')
    .describe('documented adds the six indexes of the plan.'),
  batch: z
    .strictObject({
      rows: z
        .int()
        .min(1)
        .max(100_000)
        .default(20_000)
        .describe('Organizations a transaction, at most; fewer where they take longer than targetMilliseconds.'),
      targetMilliseconds: z
        .int()
        .min(1)
        .max(10_000)
        .default(100)
        .describe('Time of a transaction, which is how long a client may wait for a row of it.'),
      workers: z.int().min(1).max(8).default(1).describe('Ranges of organizations allocated at once.'),
    })
    .prefault({}),
  backup: z
    .strictObject({
      maxAge: z
        .string()
        .regex(/^[1-9]\d{0,5}[smhd]$/, 'is a time like 24h')
        .default('24h')
        .describe('Age that a proved backup may have when migrate takes the first step.'),
    })
    .prefault({}),
  approvals: z
    .strictObject({ migrate: z.int().min(0).default(0), rollback: z.int().min(0).default(0) })
    .prefault({})
    .describe('How many people have to approve the plan: --approved-by NAME, once each.'),
  throttle: z
    .strictObject({
      replication: z
        .strictObject({
          megabytes: z.int().min(1).default(64).describe('WAL that a standby has not replayed.'),
          seconds: z.number().positive().default(10).describe('Age of what it replayed last.'),
          standbys: z
            .array(z.string())
            .default([])
            .describe('application_name of those that have to be connected; none: those that are, at least one.'),
        })
        .optional(),
      archiving: z
        .strictObject({ segments: z.int().min(1).default(32).describe('WAL files that wait to be archived.') })
        .optional(),
      lockWaiters: z
        .union([z.literal(false), z.int().min(0)])
        .default(8)
        .describe('Sessions that use the credit tables and wait for a lock; false: not looked at.'),
      latency: z
        .union([z.literal(false), z.number().min(1)])
        .default(5)
        .describe('Times slower that a read of a balance row may become; false: not looked at.'),
      sessions: z
        .union([z.literal(false), z.number().min(1)])
        .default(2)
        .describe('Times more sessions at work at once than before the first page; false: not looked at.'),
      clients: z
        .union([
          z.literal(false),
          z.strictObject({
            targetMilliseconds: z.int().min(1).max(10_000).default(25).describe('Time of a transaction then.'),
            rest: z.number().min(0).max(100).default(1).describe('Rest after it, in times of what it took.'),
          }),
        ])
        .prefault({})
        .describe(
          'What to give clients while any are at work: shorter transactions, and a rest after each; false: nothing.',
        ),
      patience: z
        .number()
        .positive()
        .default(60)
        .describe('Minutes of one hold, after which the run stops, resumable.'),
    })
    .prefault({})
    .describe('The allocation holds while one of these is exceeded, or cannot be read.'),
  expected: z
    .partialRecord(z.enum(['schema', 'data', 'actions', 'logging', 'function', 'testing']), z.number().positive())
    .default({})
    .describe('Planned minutes, for the completion report; a step is overdue at 150 % of them.'),
  privacy: privacySchema,
  security: z
    .strictObject({
      roles: z
        .array(name)
        .default([])
        .describe('Further roles that `verify` tries on every credit table and function.'),
      users: z
        .array(z.string())
        .default([])
        .describe(
          'Users of different organizations that it acts as, by their key in the membership table; two are picked otherwise.',
        ),
    })
    .prefault({})
    .describe('Who is tried by the checks of security, besides anon and the roles under functions.'),
  hooks: hooksSchema,
  guard: guardSchema,
});

export type Config = z.output<typeof configSchema>;
export type PlanConfig = Config['plans'][string];

/** The column that tells who is active, whichever way. */
export const activeColumn = ({ active }: Config['balances']): string | undefined =>
  typeof active === 'object' ? active.column : active;
