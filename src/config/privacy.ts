import { z } from 'zod';
import { name } from './pricing.ts';

/** Columns with personal data: left at the source by a rehearsal, replaced by `audit anonymize`, named by reports. */
export const privacySchema = z
  .strictObject({
    personal: z
      .array(name)
      .default([
        ...['user_id', 'owner_id', 'created_by', 'updated_by', 'email', 'phone', 'ip', 'ip_address', 'user_agent'],
        ...['metadata', 'name', 'full_name', 'first_name', 'last_name', 'address', 'birth_date', 'date_of_birth'],
      ])
      .describe('Columns of any table with personal data, whatever their type, besides text that nothing restricts.'),
    harmless: z
      .array(name)
      .default([])
      .describe('Columns that would count as personal, being text for example, but never hold anything personal.'),
    metadata: z
      .array(z.string().regex(/^[^.\s]+(\.[^.\s]+)*$/, 'is a path like user.email'))
      .default([])
      .describe(
        'Paths in the log’s metadata that audit anonymize replaces, in each element where one meets an array; none: the whole of it.',
      ),
  })
  .prefault({})
  .describe('What of the credit tables is personal.');
