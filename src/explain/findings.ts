import type { ConflictCode } from '../allocation/conflicts.ts';
import type { REMARKS } from '../inspect/findings.ts';
import type { ObstacleCode } from '../steps/obstacle.ts';

/** What inspect and plan tell by a code. */
export interface FindingExplanation {
  meaning: string;
  next: string;
}

/** Where database and configuration leave open who gets what. */
export const CONFLICT_EXPLANATIONS: Record<ConflictCode, FindingExplanation> = {
  UNKNOWN_PLAN: {
    meaning: 'The plan column has a value that is no plan of the configuration. It blocks.',
    next: 'map it under assignments.values, or say assignments.unknown for all such',
  },
  PLAN_CASE: {
    meaning: 'A value differs from a known one only in upper and lower case: a typing error, or another plan.',
    next: 'map it under assignments.values, or correct the row',
  },
  NO_PLAN: {
    meaning: 'Organizations have no plan, and nothing says which one they get. It blocks.',
    next: 'say assignments.none: a plan, or skip',
  },
  MALFORMED_KEY: {
    meaning: 'assignments.organizations has keys that the key’s type does not allow. It blocks.',
    next: 'correct the keys',
  },
  ASSIGNED_TO_NOBODY: {
    meaning:
      'assignments.organizations names keys that no organization has: deleted, mistyped, or of another database.',
    next: 'correct the keys, or take the lines out; nothing is done for them',
  },
  ASSIGNED_TWICE: {
    meaning: 'assignments.organizations names one organization twice, perhaps in two spellings. It blocks.',
    next: 'take one of the lines out',
  },
  ASSIGNMENT_CONTRADICTS: {
    meaning: 'An organization is assigned another plan than its plan column says. The assignment wins.',
    next: 'nothing, where that is meant; or take the assignment out',
  },
  WITHOUT_CREDITS: {
    meaning: 'Organizations have no balance row, so there is nothing to put pools on.',
    next: 'policies.withoutCredits decides: report, create or refuse',
  },
  ORPHANED_CREDITS: {
    meaning: 'Balance rows belong to no organization: left behind by a deletion.',
    next: 'policies.orphans decides: report or refuse; or remove the rows',
  },
  WITHOUT_OWNER: {
    meaning: 'Balance rows have null where the organization’s key should be: nobody’s credits. It blocks.',
    next: 'give each row its organization, or remove it',
  },
  NO_NUMBER: {
    meaning: 'A legacy balance is NaN or infinite: it pays for everything, and no split divides it. It blocks.',
    next: 'set it to what the organization really has',
  },
  BEYOND_POOL: {
    meaning: 'A split would give an organization more than the column of a pool holds. It blocks.',
    next: 'say balances.poolType: bigint, or give the organization a plan with fixed credits',
  },
  UNPAID_ACTION: {
    meaning: 'An action of the price list charges no pool. After the cutover its calls answer UNPRICED_ACTION.',
    next: 'say under catalogue: what it charges, or leave it if nobody calls it',
  },
  LEGACY_COST_DIFFERS: {
    meaning: 'The catalogue states another legacy cost than the price list, which counts.',
    next: 'correct catalogue.ACTION.legacyCost, or the price list',
  },
};

/** What stands in the way of a migration. Each blocks. */
export const OBSTACLE_EXPLANATIONS: Record<ObstacleCode, FindingExplanation> = {
  PRIVILEGE_MISSING: {
    meaning: 'The login may not do what the steps do.',
    next: 'grant what the line names, or migrate as the owner of the credit tables',
  },
  OWNERS_DIFFER: {
    meaning: 'Tables or functions belong to different owners: what one makes, the other could not use.',
    next: 'ALTER … OWNER TO one of them, or migrate as a member of both',
  },
  ROLE_MISSING: {
    meaning: 'functions.execute or functions.actForAll names a role that the server does not have.',
    next: 'CREATE ROLE, or correct the configuration',
  },
  FORCED_ROW_SECURITY: {
    meaning: 'The balance table forces row security on its owner, as whom the functions run: they would see no row.',
    next: 'ALTER TABLE … NO FORCE ROW LEVEL SECURITY',
  },
  NAME_TAKEN: {
    meaning: 'A column, function, view or schema has the name of what the migration makes.',
    next: 'rename or drop it; where an earlier migration left it, creditshift rollback --method drop',
  },
  COLUMN_SLOTS: {
    meaning: 'PostgreSQL gives a table 1600 columns in its life, dropped ones included, and few are left.',
    next: 'write the table anew (a copy, or pg_repack) before the migration',
  },
  OWNER_REPEATED: {
    meaning: 'An organization has more than one balance row: which of them counts is chance.',
    next: 'merge the rows named; then make the column unique',
  },
  OWNER_NOT_UNIQUE: {
    meaning: 'Nothing keeps an organization from having two balance rows, so which one a charge takes is chance.',
    next: 'merge the rows, then a unique index on the owner column',
  },
  ACTION_REPEATED: {
    meaning: 'The price list has an action twice, and no unique index forbids it: which price counts is chance.',
    next: 'remove one row of each, then a unique index',
  },
  TENANT_REPEATED: {
    meaning: 'The table of organizations has a key twice: one balance would count for each.',
    next: 'remove one row of each, then a unique index',
  },
  PARTITIONED: {
    meaning: 'The balance table is partitioned, which this version does not migrate.',
    next: 'migrate a table that is not',
  },
  LOG_FOREIGN_KEY: {
    meaning: 'A foreign key lets only actions of the price list be logged, and the functions log others too.',
    next: 'add the rows that the line names to the price list, or drop the foreign key',
  },
  COST_FRACTION: {
    meaning:
      'An action costs a fraction, and the legacy balance holds whole credits: a rollback could not settle it exactly.',
    next: 'make the cost whole, or the balance numeric',
  },
  ROW_TYPE_STORED: {
    meaning: 'A column has the row type of a credit table, and PostgreSQL adds no column to such a table.',
    next: 'give that column another type, jsonb for example',
  },
  REPLICA_IDENTITY: {
    meaning: 'A publication sends updates of a credit table that has no replica identity: its updates would fail.',
    next: 'give the table a primary key, or ALTER TABLE … REPLICA IDENTITY',
  },
  BALANCE_TRIGGER: {
    meaning:
      'A trigger writes the legacy balance itself: what a rollback settles there would be lost, or counted twice.',
    next: 'let the function that charges keep the balance; or name the trigger under functions.acceptDependents',
  },
  USER_TRIGGER: {
    meaning: 'A trigger of yours fires on every update of the balance table, so also on what the migration writes.',
    next: 'restrict it with UPDATE OF the columns it is about, or disable it meanwhile',
  },
  OVERLOAD_UNLISTED: {
    meaning: 'The legacy function has an overload that would go on charging the legacy balance.',
    next: 'list it under functions.consume.otherOverloads, or drop it',
  },
  PARAMETER_MISSING: {
    meaning: 'The legacy function has no parameter of the name that the configuration gives.',
    next: 'correct functions.consume.organization or .action',
  },
  PARAMETER_UNKNOWN: {
    meaning: 'The legacy function takes something that has no meaning for a charge of pools: a caller would lose it.',
    next: 'drop the parameter from the legacy function first, or name it in functions.consume',
  },
  RETURN_TYPE: {
    meaning: 'The new function stands behind the same name, so it has to answer in the same type: json, jsonb or text.',
    next: 'change what the legacy function returns, and its callers, first',
  },
  DEPENDENT: {
    meaning:
      'A view, policy, rule or default holds the legacy function itself, and would go on charging the legacy balance.',
    next: 'change it, or name it under functions.acceptDependents',
  },
};

/** What stands out in an inspection, and blocks nothing. */
export const REMARK_EXPLANATIONS: Record<(typeof REMARKS)[number], FindingExplanation> = {
  BALANCES_DISAGREE: {
    meaning: 'Two columns that should hold the same balance differ: some code writes only one of them.',
    next: 'name the one that the legacy function updates under balances.legacy.balance',
  },
  ODD_BALANCES: {
    meaning: 'Legacy balances are null or negative. A split counts them as 0.',
    next: 'correct the rows, where that is not meant',
  },
  NEW_ACTION: {
    meaning: 'The catalogue has an action that the price list lacks. The migration adds it, and drop removes it.',
    next: 'nothing, where it is new; or correct its name',
  },
  OPEN_POLICY: {
    meaning: 'A row security policy lets a tenant’s users see or write the rows of others.',
    next: 'compare a column of the row with who asks; migrate --to harden closes it afterwards',
  },
  PUBLIC_FUNCTION: {
    meaning: 'Everybody who can connect may call a function that touches credits.',
    next: 'REVOKE EXECUTE … FROM PUBLIC; the cutover does it for the consume function',
  },
  LOOSE_SEARCH_PATH: {
    meaning:
      'A security definer function looks names up in its caller’s search_path, who can put his own table in front.',
    next: 'ALTER FUNCTION … SET search_path = pg_catalog, pg_temp, and schemas in its body',
  },
  DUPLICATE_INDEX: {
    meaning: 'Two indexes have the same definition: every write pays for both.',
    next: 'DROP INDEX CONCURRENTLY one of them',
  },
  INVALID_INDEX: {
    meaning: 'A concurrent build failed and left an index that is written and never used.',
    next: 'REINDEX INDEX CONCURRENTLY, or drop it',
  },
};
