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
const money = z.number().min(0);
const perPool = <T extends z.ZodType>(value: T) => z.record(poolName, value);

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

const split = z
  .strictObject({
    of: z.enum(['total', 'remaining']).default('total').describe('Which legacy number is divided.'),
    weights: perPool(z.number().min(0).max(10)).describe('Share of each pool in steps of 0.0001; they sum to 1.'),
    floors: perPool(credits).default({}).describe('Least credits of a pool; what that mints is reported.'),
    overAllocate: z.boolean().default(false).describe('Accept weights that sum to more than 1.'),
  })
  .superRefine((value, context) => {
    const points = Object.values(value.weights).map(w => Math.round(w * 10_000));
    if (Object.values(value.weights).some((w, i) => Math.abs(w * 10_000 - (points[i] ?? 0)) > 1e-6)) {
      context.addIssue({ code: 'custom', path: ['weights'], message: 'weights are exact to 0.0001' });
    }
    const sum = points.reduce((a, b) => a + b, 0);
    if (sum === 10_000 || (sum > 10_000 && value.overAllocate)) return;
    const hint = sum > 10_000 ? '; set overAllocate: true to mint the difference' : '';
    context.addIssue({ code: 'custom', path: ['weights'], message: `weights sum to ${sum / 10_000}, not 1${hint}` });
  });

/** What a pricing plan gives: fixed credits, or shares of the legacy balance. */
export const plan = z
  .strictObject({
    price: money.optional().describe('Price of a cycle; absent when it is not public.'),
    grant: perPool(credits).optional().describe('Credits of each pool.'),
    split: split.optional().describe('Divide the legacy balance instead of granting fixed credits.'),
  })
  .refine(p => (p.grant === undefined) !== (p.split === undefined), 'needs either grant or split');

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
