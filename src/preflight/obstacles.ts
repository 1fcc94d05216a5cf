import type { Transaction } from '../database/connect.ts';
import type { ObstacleCode } from '../steps/obstacle.ts';
import { obstacles } from '../steps/preconditions.ts';
import { type Criterion, judge, type Subject } from './criterion.ts';

/** Which criterion names what makes a migrate refuse. */
const CRITERION = {
  PRIVILEGE_MISSING: 'tables.privileges',
  OWNERS_DIFFER: 'tables.privileges',
  ROLE_MISSING: 'tables.privileges',
  FORCED_ROW_SECURITY: 'tables.privileges',
  NAME_TAKEN: 'tables.names-free',
  COLUMN_SLOTS: 'tables.fitting',
  OWNER_NOT_UNIQUE: 'tables.fitting',
  ACTION_REPEATED: 'tables.fitting',
  TENANT_REPEATED: 'tables.fitting',
  OWNER_REPEATED: 'tables.fitting',
  PARTITIONED: 'tables.fitting',
  ROW_TYPE_STORED: 'tables.fitting',
  REPLICA_IDENTITY: 'tables.fitting',
  LOG_FOREIGN_KEY: 'tables.fitting',
  COST_FRACTION: 'tables.fitting',
  USER_TRIGGER: 'tables.user-triggers',
  BALANCE_TRIGGER: 'tables.balance-triggers',
  OVERLOAD_UNLISTED: 'functions.one-overload',
  PARAMETER_MISSING: 'functions.signature',
  PARAMETER_UNKNOWN: 'functions.signature',
  RETURN_TYPE: 'functions.signature',
  DEPENDENT: 'functions.no-dependents',
} as const satisfies Record<ObstacleCode, Criterion['name']>;

/** Obstacles that the criterion of this name is about. */
export async function obstaclesOf(
  { sql, config, facts, model, state }: Subject<Transaction>,
  name: Criterion['name'],
): Promise<string[]> {
  const found = await obstacles(sql, config, facts, model, state);
  return found.filter(({ code }) => CRITERION[code] === name).map(({ code, message }) => `${code}: ${message}`);
}

const obstacle = (name: (typeof CRITERION)[ObstacleCode], claim: string, remedy: string): Criterion => ({
  name,
  claim,
  remedy,
  find: async subject => judge(await obstaclesOf(subject, name), []),
});

/** What migrate refuses for, as criteria. */
export const OBSTACLES: readonly Criterion[] = [
  obstacle(
    'tables.privileges',
    'this login may do what the steps do, and the roles of the configuration are there',
    'grant what is missing, or migrate as the owner; CREATE ROLE, or correct functions.execute',
  ),
  obstacle(
    'tables.names-free',
    'nothing has the name of what the migration makes',
    'rename it, drop it, or finish with creditshift rollback --method drop what an earlier migration left',
  ),
  obstacle(
    'tables.fitting',
    'the credit tables can be migrated: one balance an organization, one price an action, room for columns, whole costs',
    'change the tables as each line says',
  ),
  obstacle(
    'tables.balance-triggers',
    'no trigger writes the legacy balance by itself: what a rollback settles there stays',
    'let the function that charges keep the balance, or name the trigger under functions.acceptDependents',
  ),
  obstacle(
    'functions.one-overload',
    'every overload of the legacy function is named in the configuration',
    'list it under functions.consume.otherOverloads, or drop it',
  ),
  obstacle(
    'functions.signature',
    'the parameters and the answer of the legacy function can be kept',
    'correct functions.consume, or change the legacy function',
  ),
  obstacle(
    'functions.no-dependents',
    'no view, policy, rule or default calls the legacy function',
    'change it, or name it under functions.acceptDependents',
  ),
];
