import { createHash } from 'node:crypto';
import type { Model } from '../config/model.ts';
import { renderSql } from '../config/render.ts';

export const STAGES = [
  'control',
  'shadow',
  'expand',
  'functions',
  'allocate',
  'validate',
  'index',
  'cutover',
  'harden',
  'contract',
] as const;
export type Stage = (typeof STAGES)[number];

/** One file of migrations/ and its inverse of the same name in rollback/. */
export interface Step {
  name: string;
  stage: Stage;
  /** transactional: one transaction · concurrent: statements one by one, outside any · batched: one transaction a page */
  kind: 'transactional' | 'concurrent' | 'batched';
  claim: string;
  /** What it locks of the target, for `plan` and for naming blockers. */
  locks: (model: Model) => { table: string; mode: string }[];
  /** Run only when named: `migrate` alone never goes there. */
  onlyByName?: boolean;
  /** No other step needs it: it runs only as the target itself, and a history without it has no gap. */
  optional?: boolean;
  /** Only where this holds; a history without it has no gap. */
  needed?: (model: Model) => boolean;
  /** A later revision of the configuration runs it again for what was added. */
  revisable?: boolean;
  irreversible?: boolean;
}

/** Those of the steps that this database needs. */
export const neededOf = (steps: readonly Step[], model: Model): readonly Step[] =>
  steps.filter(step => step.needed?.(model) ?? true);

/** The SQL of a step, exactly as it runs. */
export const forwardSql = (step: Step, model: Model): string => renderSql(`migrations/${step.name}.sql`, model);
/** The SQL of its inverse. */
export const inverseSql = (step: Step, model: Model): string => renderSql(`rollback/${step.name}.sql`, model);

export const checksum = (sql: string): string => createHash('sha256').update(sql).digest('hex');

/** Splits a rendering of a concurrent step into its statements: each ends a line with a semicolon, none has a body. */
export function statementsOf(sql: string): string[] {
  return sql
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map(statement => statement.trim())
    .filter(statement => statement !== '');
}
