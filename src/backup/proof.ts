import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { MANIFEST } from './manifest.ts';

/** Beside the manifest, which it names by its hash: what the restore of a backup gave. */
export const PROOF = 'proof.json';

const proofSchema = z.object({
  format: z.literal(1),
  /** SHA-256 of the manifest that was proved. */
  manifest: z.string(),
  /** By the clock of the machine that ran the proof; how old a proof is, is reckoned from the backup's snapshot. */
  provedAt: z.iso.datetime(),
  server: z.string(),
  seconds: z.object({ restore: z.number(), compare: z.number() }),
  /** The one call of the legacy function; null where there is none, or no organization or priced action to call it for. */
  charged: z
    .object({ organization: z.string(), action: z.string(), spent: z.string(), answer: z.string().nullable() })
    .nullable(),
  /** Of the full dump: how long pg_restore took, and what that server could not hold, such as an extension that it lacks. */
  dump: z.object({ seconds: z.number(), left: z.array(z.string()) }).optional(),
  /** Why the dump was not restored, where there is one. */
  dumpUnproved: z.string().optional(),
  /** What was not as the backup says; a proof has none. */
  faults: z.array(z.string()),
});
export type Proof = z.output<typeof proofSchema>;

export const hashOfManifest = async (folder: string): Promise<string> =>
  createHash('sha256')
    .update(await readFile(join(folder, MANIFEST)))
    .digest('hex');

/** Replaces an earlier one. */
export const writeProof = (folder: string, proof: Proof): Promise<void> =>
  writeFile(join(folder, PROOF), `${JSON.stringify(proof, null, 2)}\n`, { mode: 0o600, flush: true });

/** The proof of a backup; undefined where there is none, none that can be read, or one of another manifest. */
export async function readProof(folder: string): Promise<Proof | undefined> {
  const text = await readFile(join(folder, PROOF), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const parsed = proofSchema.safeParse(JSON.parse(text));
    return parsed.success && parsed.data.manifest === (await hashOfManifest(folder)) ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
