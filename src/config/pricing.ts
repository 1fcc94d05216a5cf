import { z } from 'zod';

/** Bytes that PostgreSQL keeps of a name. */
export const MOST_BYTES = 63;
const tooLong = ({ input }: { input?: unknown }): string =>
  `is ${Buffer.byteLength(String(input))} bytes long; PostgreSQL keeps ${MOST_BYTES}`;

/** A PostgreSQL identifier as the configuration writes it: bare, no quotes. */
export const name = z
  .string()
  .min(1)
  .refine(s => Buffer.byteLength(s) <= MOST_BYTES, { error: tooLong })
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
  .refine(s => !/[\u0000-\u001f\u007f]/.test(s), 'contains a control character');
/** `schema.table`; a name that contains a dot is written in double quotes. */
export const table = z
  .string()
  .regex(/^("[^"]+"|[^".\s]+)\.("[^"]+"|[^".\s]+)$/, 'must be schema.table')
  .superRefine((text, context) => {
    for (const part of text.match(/"[^"]+"|[^".\s]+/g) ?? []) {
      const input = part.replaceAll('"', '');
      if (Buffer.byteLength(input) > MOST_BYTES)
        context.addIssue({ code: 'custom', message: `${input} ${tooLong({ input })}` });
    }
  });
/** A pool's name, as columns are called after it. */
export const poolName = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,30}$/, 'must be lower case letters, digits and _, at most 31 of them, letter first')
  // legacy_before is a column of the ledger already; constructor is a property of every object.
  .refine(s => !['legacy', 'constructor'].includes(s), 'is a name that creditshift needs itself');
const credits = z.int().min(0, 'is negative').max(Number.MAX_SAFE_INTEGER);
/** Credits of a pool; `unlimited` is the most that its column holds. */
export const poolCredits = z.union([credits, z.literal('unlimited')], {
  error: ({ input }) =>
    typeof input === 'number' && input < 0
      ? 'is negative'
      : 'Invalid input: expected a whole number of credits from 0 on, or unlimited',
});
const money = z.number().min(0);
export const perPool = <T extends z.ZodType>(value: T) => z.record(poolName, value);

/** A pool of credits. */
export const pool = z.strictObject({
  label: z.string().optional().describe('The name people see: "Insufficient AI credits". The pool’s name when absent.'),
  purpose: z.string().default('').describe('What the pool pays for; printed in the reports.'),
  provider: z.string().default('').describe('Who is paid for it; printed in the reports.'),
  legacyValue: z
    .int()
    .min(0)
    .default(1)
    .describe('Legacy credits one credit of this pool is worth when it is charged without an action.'),
  enabled: z.boolean().default(true).describe('A pool is never removed: switch it off instead.'),
});

const basis = z.enum(['total', 'remaining']).default('total').describe('Which legacy number is divided.');
const weights = (most: number) => perPool(z.number().min(0).max(most));
const floors = perPool(credits).default({}).describe('Least credits of a pool; what that mints is reported.');

/** What weights in steps of 0.0001 sum to, in these; a weight between two steps is an issue. */
function pointsOf(value: Record<string, number>, path: string, context: z.RefinementCtx): number {
  const points = Object.values(value).map(w => Math.round(w * 10_000));
  if (Object.values(value).some((w, i) => Math.abs(w * 10_000 - (points[i] ?? 0)) > 1e-6)) {
    context.addIssue({ code: 'custom', path: [path], message: 'weights are exact to 0.0001' });
  }
  return points.reduce((a, b) => a + b, 0);
}

const split = z
  .strictObject({
    of: basis,
    weights: weights(10).describe('Share of each pool in steps of 0.0001; they sum to 1.'),
    floors,
    overAllocate: z.boolean().default(false).describe('Accept weights that sum to more than 1.'),
  })
  .superRefine((value, context) => {
    const sum = pointsOf(value.weights, 'weights', context);
    if (sum === 10_000 || (sum > 10_000 && value.overAllocate)) return;
    const hint = sum > 10_000 ? '; set overAllocate: true to mint the difference' : '';
    context.addIssue({ code: 'custom', path: ['weights'], message: `weights sum to ${sum / 10_000}, not 1${hint}` });
  });

const usage = z
  .strictObject({
    of: basis,
    days: z.int().min(1).max(3650).describe('How far back the log is read, from the moment in which it is measured.'),
    otherwise: weights(1).describe('Weights of an organization that used nothing in that time; they sum to 1.'),
    floors,
  })
  .superRefine((value, context) => {
    const sum = pointsOf(value.otherwise, 'otherwise', context);
    if (sum === 10_000) return;
    context.addIssue({ code: 'custom', path: ['otherwise'], message: `weights sum to ${sum / 10_000}, not 1` });
  });

const carry = weights(1).superRefine((value, context) => {
  const sum = pointsOf(value, '', context);
  if (sum > 0 && sum <= 10_000) return;
  context.addIssue({ code: 'custom', message: `they sum to ${sum / 10_000}; at most 1 credit becomes of 1` });
});

/** What a pricing plan gives: fixed credits, or shares of the legacy balance by weights of the plan or by use. */
export const plan = z
  .strictObject({
    price: money.optional().describe('Price of a cycle; absent when it is not public.'),
    grant: perPool(poolCredits).optional().describe('Credits of each pool, or unlimited.'),
    split: split.optional().describe('Divide the legacy balance instead of granting fixed credits.'),
    usage: usage.optional().describe('Divide it by what each organization’s own log says it used.'),
    carry: carry
      .optional()
      .describe(
        'With grant: credits of each pool that become of 1 unspent legacy credit, kept by resets and plan changes.',
      ),
  })
  .refine(p => [p.grant, p.split, p.usage].filter(policy => policy !== undefined).length === 1, {
    message: 'needs one of grant, split and usage',
  })
  .refine(p => p.carry === undefined || p.grant !== undefined, {
    path: ['carry'],
    message: 'goes with grant: the others divide the legacy balance already',
  });

/** What one unit of an action charges. */
export const action = z.strictObject({
  legacyCost: z.number().min(0).optional().describe('Checked against the price list; used when the action is new.'),
  pools: perPool(z.int().min(0).max(1_000_000_000)).describe(
    'Credits one unit charges, per pool; several are all or nothing.',
  ),
  description: z.string().optional(),
});

/** Unit costs, for the margins of the reports. */
export const costTable = z.strictObject({
  dated: z.iso.date().optional(),
  source: z.string().default(''),
  perCredit: perPool(money).describe('What one credit costs us.'),
  revenue: perPool(money).optional().describe('What one credit earns, where the source says so.'),
});
