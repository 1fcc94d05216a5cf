import type { Model } from '../config/model.ts';
import type { Step } from './step.ts';

const none = () => [];
const onBalances = (mode: string) => (model: Model) => [{ table: model.balances.table.toString(), mode }];
const onLog = (mode: string) => (model: Model) => [{ table: model.log.table.toString(), mode }];

/** The plan: every step in its order. Adding one costs two SQL files and an entry here. */
export const STEPS: readonly Step[] = [
  {
    name: '010_control',
    stage: 'control',
    kind: 'transactional',
    claim: 'schema creditshift: state, ledger, journal',
    locks: none,
  },
  {
    name: '015_pricing',
    stage: 'control',
    kind: 'transactional',
    claim: 'pools, pricing plans and assignments as rows',
    locks: none,
    revisable: true,
  },
  {
    name: '017_shadow',
    stage: 'shadow',
    kind: 'transactional',
    claim: 'a shim around the legacy function notes every call',
    locks: none,
    optional: true,
  },
  {
    name: '018_create',
    stage: 'expand',
    kind: 'transactional',
    claim: 'the log or price list that the database lacks',
    locks: none,
    needed: model => model.log.made || model.actions.made,
  },
  {
    name: '020_expand_balances',
    stage: 'expand',
    kind: 'transactional',
    claim: 'pool columns and their limits',
    locks: onBalances('ACCESS EXCLUSIVE'),
    revisable: true,
  },
  {
    name: '030_expand_actions',
    stage: 'expand',
    kind: 'transactional',
    claim: 'what each action charges per pool',
    locks: model => [{ table: model.actions.table.toString(), mode: 'ACCESS EXCLUSIVE' }],
    revisable: true,
  },
  {
    name: '040_expand_log',
    stage: 'expand',
    kind: 'transactional',
    claim: 'charges per pool, numbered, append-only',
    locks: onLog('ACCESS EXCLUSIVE'),
    revisable: true,
  },
  {
    name: '050_functions',
    stage: 'functions',
    kind: 'transactional',
    claim: 'new functions and view, not callable yet',
    locks: none,
    revisable: true,
  },
  {
    name: '055_triggers',
    stage: 'allocate',
    kind: 'transactional',
    claim: 'new organizations and legacy writes are noticed',
    locks: onBalances('SHARE ROW EXCLUSIVE'),
  },
  {
    name: '060_allocate',
    stage: 'allocate',
    kind: 'batched',
    claim: 'credits by pricing plan, page by page',
    locks: onBalances('ROW EXCLUSIVE, rows of a page'),
  },
  {
    name: '070_validate',
    stage: 'validate',
    kind: 'transactional',
    claim: 'limits proved for every row',
    locks: onBalances('SHARE UPDATE EXCLUSIVE'),
    revisable: true,
  },
  {
    name: '080_index',
    stage: 'index',
    kind: 'concurrent',
    claim: 'the log’s own keys',
    locks: onLog('SHARE UPDATE EXCLUSIVE'),
  },
  {
    name: '090_cutover',
    stage: 'cutover',
    kind: 'transactional',
    claim: 'the one short switch',
    locks: onBalances('SHARE ROW EXCLUSIVE'),
  },
  {
    name: '095_harden',
    stage: 'harden',
    kind: 'transactional',
    claim: 'tenants’ users reach their own rows only; anon reaches none',
    locks: model => [...onBalances('ACCESS EXCLUSIVE')(model), ...onLog('ACCESS EXCLUSIVE')(model)],
    optional: true,
  },
  {
    name: '100_contract',
    stage: 'contract',
    kind: 'transactional',
    claim: 'legacy columns retired by renaming',
    locks: onBalances('ACCESS EXCLUSIVE'),
    onlyByName: true,
  },
  {
    name: '110_drop_legacy',
    stage: 'contract',
    kind: 'transactional',
    claim: 'retired columns and function dropped for good',
    locks: onBalances('ACCESS EXCLUSIVE'),
    onlyByName: true,
    irreversible: true,
  },
];

/** The step of this name. */
export function stepNamed(name: string): Step {
  const step = STEPS.find(s => s.name === name);
  if (!step) throw new Error(`no step ${name}`);
  return step;
}
