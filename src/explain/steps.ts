import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKS } from '../checks/all.ts';
import { STEPS } from '../steps/all.ts';
import type { Step } from '../steps/step.ts';
import type { Topic } from './topic.ts';

const packageRoot = join(import.meta.dirname, '../..');

const KINDS: Record<Step['kind'], string> = {
  transactional: 'one transaction',
  batched: 'a transaction for each page of organizations',
  concurrent: 'statement by statement, outside any transaction',
};

/** Each step as the heads of its two SQL files tell it. */
export function stepTopics(): Topic[] {
  return STEPS.map(step => {
    const [does = '', locks = ''] = headOf(`migrations/${step.name}.sql`).split(/ (?=Locks )/);
    const checks = CHECKS.filter(check => check.establishedBy === step.name).map(check => check.name);
    return {
      kind: 'step',
      name: step.name,
      group: step.stage,
      summary: step.claim,
      facts: {
        does,
        locks: locks.replace('Locks ', ''),
        runs: `${KINDS[step.kind]}; ${whenOf(step)}`,
        ...(checks.length > 0 && { 'then checks': checks.join(', ') }),
        inverse: step.irreversible ? 'none: there is no way back' : headOf(`rollback/${step.name}.sql`),
        sql: `creditshift plan --to ${step.name} --sql`,
      },
    };
  });
}

function whenOf(step: Step): string {
  if (step.irreversible) return 'only by migrate --to contract --drop-legacy';
  if (step.stage === 'shadow') return 'only by shadow --install';
  if (step.onlyByName || step.optional) return `only by migrate --to ${step.stage}`;
  return `stage ${step.stage} of every migrate`;
}

/** The comment at the head of an SQL file as running text, without the name that it begins with. */
function headOf(path: string): string {
  const [head = ''] = /^(?:--.*\n)+/.exec(readFileSync(join(packageRoot, path), 'utf8')) ?? [];
  const text = head.replaceAll(/^-- ?/gm, '').trim().replaceAll('\n', ' ');
  return text.slice(text.indexOf(': ') + 2);
}
