import { RESUMABLE, UNTOUCHED } from '../../problems.ts';
import type { ProblemExplanation } from './problem.ts';

const state = UNTOUCHED;

/** Exit 6: a backup, or an archive, does not fit what is asked of it. */
export const BACKUPS = {
  BACKUP_MISSING: {
    message: 'There is no backup in creditshift-backups to go back to.',
    meaning:
      'No folder there is a good backup of this database from before the first step. The error says what each one lacks.',
    state,
    next: 'name one with --from or --backup; rollback --method drop needs none',
  },
  BACKUP_DAMAGED: {
    message: 'creditshift-backups/guardian-2026-11-22T020000.000Z is damaged.',
    meaning: 'A file is missing, or does not have the checksum that was taken when it was written.',
    state,
    next: 'take another copy of the folder, or another backup',
  },
  BACKUP_NEWER: {
    message: 'The backup is of PostgreSQL 17.2, and this is 15.18.',
    meaning: 'A later PostgreSQL, or a later creditshift, wrote the backup.',
    state,
    next: 'use the version that the error names',
  },
  BACKUP_FOREIGN: {
    message: 'The backup is of another database.',
    meaning: 'Name or system identifier differ: a copy, another server, or another database of the same name.',
    state,
    next: 'check --database-url and --backup or --from',
  },
  BACKUP_AFTER_MIGRATION: {
    message: 'The backup is not from before the migration. It was taken after 060_allocate.',
    meaning: 'Only what was taken before the first step is a state to go back to.',
    state,
    next: 'name an earlier one; rollback --method drop needs none',
  },
  BACKUP_UNPROVED: {
    message: './creditshift-backups has no backup of guardian that was proved and is younger than 24h.',
    meaning: 'The first step asks for a backup that was restored and compared, and is not older than backup.maxAge.',
    state,
    next: 'creditshift backup --prove; then the same command again (--without-backup-proof goes without)',
  },
  ARCHIVE_FAILED: {
    message: 'There is no space for creditshift-archives/guardian-2026-11-22.',
    meaning: 'Before anything is removed it is archived and read back, and that failed. Nothing was removed.',
    state: RESUMABLE,
    next: 'make room, or name a folder with --archive; then the same command again',
  },
} as const satisfies Record<string, ProblemExplanation>;
