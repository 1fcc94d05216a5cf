import { z } from 'zod';

const application = {
  errorRate: z.number().positive().max(100).default(5).describe('Per cent of errors over which the guard trips.'),
  timeout: z.number().positive().max(60).default(10).describe('Seconds for an answer.'),
};

/** Where the application tells its own error rate: the first number that it writes, in per cent. */
const applicationSchema = z.union([
  z.strictObject({
    run: z.array(z.string().min(1)).min(1).describe('Program and its arguments, run without a shell.'),
    ...application,
  }),
  z.strictObject({ url: z.url({ protocol: /^https?$/ }).describe('Read by GET.'), ...application }),
]);
export type ApplicationConfig = z.output<typeof applicationSchema>;

/** Section `guard` of the configuration: when to look, and what is too much. */
export const guardSchema = z
  .strictObject({
    every: z.number().min(0.1).max(3600).default(30).describe('Seconds between two looks.'),
    window: z.number().positive().max(1440).default(5).describe('Minutes over which charges are counted.'),
    failures: z.number().positive().max(100).default(10).describe('Per cent of charges refused for want of credits.'),
    leastCharges: z.int().min(1).default(20).describe('Fewer charges in the window are no rate.'),
    latency: z.number().min(100).default(150).describe('Per cent of the baseline that a charge may take.'),
    checkMilliseconds: z
      .int()
      .min(1)
      .max(60_000)
      .default(1000)
      .describe('What a check of the ledger may take; one that takes longer is left to verify.'),
    application: applicationSchema.optional().describe('Where the application tells its own error rate, in per cent.'),
  })
  .prefault({})
  .describe('What the guard command looks at after the cutover; it trips over each of these limits.');
export type GuardConfig = z.output<typeof guardSchema>;
